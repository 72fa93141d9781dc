import { useQuery } from '@tanstack/react-query';
import { ErrorPanel, SkeletonRows } from '../blanks.tsx';
import { bytes } from '../format.ts';
import { DrawingView } from './image-view.tsx';
import { textOfBytes } from './kind.ts';
import type { ShownFile } from './shown-file.ts';
import { httpSource } from './source.ts';
import { TextView } from './text-view.tsx';
import { Segments, Tools } from './tools.tsx';
import { chosenOf, type ViewProps } from './view-state.ts';

const mostBytes = 3_000_000;

/** A page or drawing of a job: as its source, or drawn where it can do nothing. */
export function MarkupView({
  file,
  kind,
  view,
  onView,
}: { file: ShownFile; kind: 'svg' | 'html' } & ViewProps) {
  const ways = kind === 'svg' ? (['drawn', 'source'] as const) : (['source', 'drawn'] as const);
  const way = chosenOf<'drawn' | 'source'>(view.as, ways);
  return (
    <>
      <Tools>
        <Segments
          label="Shown as"
          value={way}
          options={ways.map(
            (each) => [each, each === 'source' ? 'Source' : kind === 'svg' ? 'Drawing' : 'Page'] as const,
          )}
          onChange={(next) => onView({ as: next === ways[0] ? '' : next })}
        />
      </Tools>
      {way === 'source' ? (
        <TextView {...{ file, view, onView }} />
      ) : kind === 'svg' ? (
        <DrawingView {...{ file, view, onView }} />
      ) : (
        <SandboxedPage file={file} />
      )}
    </>
  );
}

/** Stands before the page of a job: nothing is fetched, run or sent; only its own styles and pictures count. */
const closed =
  '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'; img-src data:; font-src data:">';

function SandboxedPage({ file }: { file: ShownFile }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['page', file.href, file.sizeBytes],
    queryFn: async ({ signal }) =>
      textOfBytes(await httpSource(file.href, file.sizeBytes).read(0, file.sizeBytes, signal)),
    enabled: file.sizeBytes <= mostBytes,
    staleTime: Number.POSITIVE_INFINITY,
    meta: { still: true },
  });
  if (file.sizeBytes > mostBytes)
    return <p className="empty quiet">Pages over {bytes(mostBytes)} are shown as source only.</p>;
  if (error !== null)
    return (
      <ErrorPanel what={`${file.fileName} could not be read`} error={error} retry={() => void refetch()} />
    );
  if (data === undefined) return <SkeletonRows rows={8} />;
  return (
    <>
      <p className="table-note small quiet">
        Drawn without scripts, links to elsewhere and pictures from elsewhere; the page cannot see this
        application.
      </p>
      <iframe
        className="sandboxed"
        title={`${file.fileName}, drawn without scripts`}
        sandbox=""
        referrerPolicy="no-referrer"
        srcDoc={closed + data}
      />
    </>
  );
}

/** The version a PDF claims; empty when it claims none. */
export const pdfVersion = (head: Uint8Array): string =>
  /^%PDF-(\d\.\d)/.exec(String.fromCharCode(...head.subarray(0, 16)))?.[1] ?? '';

/**
 * A PDF in the reader of the browser. The frame has no `sandbox` of its own, because no browser draws PDF in one; the
 * answer of the server has it in its policy (`sandbox; default-src 'none'`), names the type and forbids to guess
 * another, so that the document is alone with itself whatever its bytes are. A file that is not sent as PDF would be
 * saved by the frame, so it is only offered.
 */
export function PdfView({ file, head }: { file: ShownFile; head: Uint8Array }) {
  const drawn = navigator.pdfViewerEnabled && /^application\/pdf\b/.test(file.mediaType);
  const version = pdfVersion(head);
  if (drawn)
    return (
      <iframe className="sandboxed pdf" title={`${file.fileName}, drawn by the browser`} src={file.href} />
    );
  return (
    <div className="empty">
      <p className="strong">
        PDF {version}, {bytes(file.sizeBytes)}
      </p>
      <p className="quiet small">This browser does not draw it here.</p>
      <div className="row" style={{ marginTop: 8 }}>
        <a className="button small" href={file.downloadHref} download>
          Download {file.fileName}
        </a>
      </div>
    </div>
  );
}
