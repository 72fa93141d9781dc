import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { readAnsi } from '../ansi.ts';
import { ErrorPanel, SkeletonRows } from '../blanks.tsx';
import { bytes, exact } from '../format.ts';
import { textOfBytes } from './kind.ts';
import type { ShownFile } from './shown-file.ts';
import { type ByteSource, httpSource } from './source.ts';
import { partLines, type TextPart } from './text-parts.ts';
import { Tools } from './tools.tsx';
import type { ViewProps } from './view-state.ts';
import { lineHeight, maxWrapped, useRowsInSight, VirtualLines } from './virtual-lines.tsx';

/** Up to here a file is read as a whole; above it, so much of its begin and of its end. */
const wholeBytes = 512_000;
const partBytes = 128_000;

async function readPart(
  source: ByteSource,
  start: number,
  end: number,
  signal: AbortSignal,
): Promise<TextPart> {
  const read = await source.read(start, end, signal);
  return { start, end, text: textOfBytes(read, start > 0, end < source.sizeBytes) };
}

async function readParts(file: ShownFile, signal: AbortSignal): Promise<[TextPart, TextPart | null]> {
  const source = httpSource(file.href, file.sizeBytes);
  if (file.sizeBytes <= wholeBytes) return [await readPart(source, 0, file.sizeBytes, signal), null];
  return Promise.all([
    readPart(source, 0, partBytes, signal),
    readPart(source, file.sizeBytes - partBytes, file.sizeBytes, signal),
  ]);
}

/** Text of any length: whole when it is short, else its first and last part, more of it on request. */
export function TextView({ file, view, onView }: { file: ShownFile } & ViewProps) {
  const { data, error, refetch } = useQuery({
    queryKey: ['text', file.href, file.sizeBytes],
    queryFn: ({ signal }) => readParts(file, signal),
    staleTime: Number.POSITIVE_INFINITY,
    meta: { still: true },
  });
  if (error !== null)
    return (
      <ErrorPanel what={`${file.fileName} could not be read`} error={error} retry={() => void refetch()} />
    );
  if (data === undefined) return <SkeletonRows rows={8} />;
  return <Parts {...{ file, view, onView }} first={data[0]} last={data[1]} />;
}

function Parts({
  file,
  first,
  last,
  view,
  onView,
}: { file: ShownFile; first: TextPart; last: TextPart | null } & ViewProps) {
  const [more, setMore] = useState({ first, last });
  const [failure, setFailure] = useState<unknown>();
  const lines = useMemo(() => partLines(more.first, more.last), [more]);
  const rows = useRowsInSight(lines.length, lineHeight);
  const wrap = view.wrap === 'on';
  const gap = more.last === null ? 0 : more.last.start - more.first.end;
  const grow = async () => {
    if (more.last === null) return;
    const from = more.first.end;
    try {
      const end = Math.min(from + 8 * partBytes, more.last.start);
      const next = await readPart(
        httpSource(file.href, file.sizeBytes),
        from,
        end,
        AbortSignal.timeout(60_000),
      );
      setMore({ ...more, first: { start: 0, end, text: more.first.text + next.text } });
      setFailure(undefined);
    } catch (caught) {
      setFailure(caught);
    }
  };
  return (
    <>
      <Tools>
        <button
          type="button"
          className="button small"
          aria-pressed={wrap}
          onClick={() => onView({ wrap: wrap ? '' : 'on' })}
        >
          {wrap ? 'No wrap' : 'Wrap'}
        </button>
      </Tools>
      <VirtualLines
        rows={rows}
        count={lines.length}
        wrap={wrap}
        label={file.fileName}
        line={(index) => {
          const line = lines[index];
          if (line === undefined) return null;
          return (
            <span
              className={line.gapBytes > 0 ? 'before-gap' : undefined}
              title={line.gapBytes > 0 ? `${bytes(line.gapBytes)} follow that are not shown` : undefined}
            >
              <span className="no">{line.number === null ? '' : exact(line.number)}</span>
              <span className="line-text">
                {readAnsi(line.text).map((run, at) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: runs of a line keep their order
                  <span key={at} className={run.control ? 'control' : undefined}>
                    {run.text}
                  </span>
                ))}
              </span>
            </span>
          );
        }}
      />
      {gap > 0 && (
        <p className="row table-note small quiet">
          Shown: the first {bytes(more.first.end)} and the last{' '}
          {bytes(file.sizeBytes - (more.last?.start ?? 0))}; {bytes(gap)} between them are left out.
          <button type="button" className="link small" onClick={() => void grow()}>
            Read on
          </button>
        </p>
      )}
      {wrap && lines.length > maxWrapped && (
        <p className="table-note small quiet">
          Wrapped: {exact(maxWrapped)} lines at most; without wrapping all can be scrolled to.
        </p>
      )}
      {failure !== undefined && (
        <ErrorPanel what="The next part could not be read" error={failure} retry={() => void grow()} />
      )}
    </>
  );
}
