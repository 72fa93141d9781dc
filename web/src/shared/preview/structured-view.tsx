import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ErrorPanel, SkeletonRows } from '../blanks.tsx';
import { bytes } from '../format.ts';
import { findHeaders } from '../header-cards.ts';
import { HeaderCards } from '../header-view.tsx';
import { parseJson } from '../json.ts';
import { FoldedText } from './folded/folded-text.tsx';
import { jsonLines } from './folded/json-lines.ts';
import type { FoldLine } from './folded/lines.ts';
import { xmlLines } from './folded/xml-lines.ts';
import { yamlLines } from './folded/yaml-lines.ts';
import { Histogram } from './histogram-view.tsx';
import { textOfBytes } from './kind.ts';
import type { ShownFile } from './shown-file.ts';
import { httpSource } from './source.ts';
import { TextView } from './text-view.tsx';
import { Segments, Tools } from './tools.tsx';
import { chosenOf, type ViewProps } from './view-state.ts';

export type Structure = 'json' | 'yaml' | 'xml' | 'histogram';

/** A file that is longer is shown as text: its structure cannot be told from a part. */
const mostBytes = 3_000_000;

const foldLines = (kind: Structure, text: string): FoldLine[] | null => {
  if (kind === 'yaml') return yamlLines(text);
  if (kind === 'xml') return xmlLines(text);
  const value = parseJson(text);
  return value === undefined ? null : jsonLines(value);
};

/** JSON, YAML or XML as text that folds; a histogram as bars; headers of FITS files as cards. */
export function StructuredView({
  file,
  kind,
  view,
  onView,
}: { file: ShownFile; kind: Structure } & ViewProps) {
  const fits = file.sizeBytes <= mostBytes;
  const { data, error, refetch } = useQuery({
    queryKey: ['structured', file.href, file.sizeBytes],
    queryFn: async ({ signal }) =>
      textOfBytes(await httpSource(file.href, file.sizeBytes).read(0, file.sizeBytes, signal)),
    enabled: fits,
    staleTime: Number.POSITIVE_INFINITY,
    meta: { still: true },
  });
  if (!fits)
    return <AsText {...{ file, view, onView }} why={`Files over ${bytes(mostBytes)} are not folded.`} />;
  if (error !== null)
    return (
      <ErrorPanel what={`${file.fileName} could not be read`} error={error} retry={() => void refetch()} />
    );
  if (data === undefined) return <SkeletonRows rows={8} />;
  return <Structured {...{ file, kind, view, onView }} text={data} />;
}

function Structured({
  file,
  kind,
  text,
  view,
  onView,
}: { file: ShownFile; kind: Structure; text: string } & ViewProps) {
  const headers = useMemo(() => (kind === 'json' ? findHeaders(parseJson(text)) : []), [kind, text]);
  const lines = useMemo(() => foldLines(kind, text), [kind, text]);
  const ways: ReadonlyArray<readonly ['first' | 'tree' | 'text', string]> = [
    ...(headers.length > 0 ? [['first', 'Cards'] as const] : []),
    ...(kind === 'histogram' ? [['first', 'Bars'] as const] : []),
    ['tree', kind === 'yaml' ? 'Folding' : 'Tree'],
    ['text', 'Text'],
  ];
  const way = chosenOf(
    view.as,
    ways.map(([each]) => each) as ['first' | 'tree' | 'text', ...Array<'tree' | 'text'>],
  );
  if (lines === null)
    return (
      <AsText
        {...{ file, view, onView }}
        why={
          kind === 'yaml' || kind === 'xml'
            ? 'It has too many lines to fold.'
            : 'It is no JSON, or too long to fold.'
        }
      />
    );
  return (
    <>
      <Tools>
        <Segments
          label="Shown as"
          value={way}
          options={ways}
          onChange={(next) => onView({ as: next === ways[0]?.[0] ? '' : next })}
        />
      </Tools>
      {way === 'text' ? (
        <TextView {...{ file, view, onView }} />
      ) : way === 'tree' ? (
        <FoldedText lines={lines} label={file.fileName} />
      ) : headers.length > 0 ? (
        <HeaderCards headers={headers} />
      ) : (
        <Histogram text={text} />
      )}
    </>
  );
}

function AsText({ file, why, view, onView }: { file: ShownFile; why: string } & ViewProps) {
  return (
    <>
      <p className="table-note small quiet">{why}</p>
      <TextView {...{ file, view, onView }} />
    </>
  );
}
