import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { SkeletonRows } from './blanks.tsx';
import { bytes, shortHash } from './format.ts';
import { kindOfName } from './preview/kind-words.ts';
import type { ShownFile } from './preview/shown-file.ts';
import { ToolPlace } from './preview/tools.tsx';
import { readView, type ViewState, writeView } from './preview/view-state.ts';

const PreviewBody = lazy(() =>
  import('./preview/preview-body.tsx').then(({ PreviewBody }) => ({ default: PreviewBody })),
);

export type PreviewedFile = Omit<ShownFile, 'sizeBytes'> & {
  /** Null when it is not known before the file is opened. */
  sizeBytes: number | null;
  /** JSON of the form `{edges, counts}`, which no type tells. */
  preview?: string | null;
};

interface Props {
  file: PreviewedFile;
  beside?: PreviewedFile | undefined;
  /** How it is looked at, as the query string has it. */
  view?: string | undefined;
  onView?: (view: string | undefined) => void;
  onClose?: () => void;
}

/** Shows a file, and beside an image what describes it, without leaving the page. What a job made is never HTML of ours. */
export function FilePreview({ file, beside, view, onView, onClose }: Props) {
  const [place, setPlace] = useState<HTMLElement | null>(null);
  const [state, change] = useViewState(view, onView);
  return (
    <section className="panel" aria-label={`Preview of ${file.fileName}`}>
      <div className="panel-head">
        <span className="mono strong wrap-any">{file.fileName}</span>
        <span className="small faint" title={kindOfName(file)}>
          {file.sizeBytes !== null && bytes(file.sizeBytes)}
        </span>
        <span className="row grow preview-place" ref={setPlace} />
        <a className="button small" href={file.downloadHref} download>
          Download
        </a>
        {onClose !== undefined && (
          <button type="button" className="button small bare" onClick={onClose}>
            Close
          </button>
        )}
      </div>
      {place !== null && (
        <ToolPlace value={place}>
          {beside === undefined ? (
            <Body file={file} view={state} onView={change} />
          ) : (
            <div className="preview-beside">
              <div>
                <Body file={file} view={state} onView={change} />
              </div>
              <div>
                <ToolPlace value={null}>
                  <Body file={beside} view={{}} onView={() => {}} />
                </ToolPlace>
              </div>
            </div>
          )}
        </ToolPlace>
      )}
      {file.sha256 !== undefined && (
        <p className="preview-foot label">
          SHA-256{' '}
          <span className="mono wrap-any" title={file.sha256}>
            {shortHash(file.sha256)}
          </span>{' '}
          <button
            type="button"
            className="link"
            onClick={() => void navigator.clipboard?.writeText(file.sha256 ?? '')}
          >
            Copy
          </button>
        </p>
      )}
    </section>
  );
}

interface BodyProps {
  file: PreviewedFile;
  view: ViewState;
  onView: (change: Record<string, string>) => void;
}

function Body({ file, view, onView }: BodyProps) {
  return (
    <Suspense fallback={<SkeletonRows rows={8} />}>
      <PreviewBody file={file} isHistogram={file.preview === 'histogram'} view={view} onView={onView} />
    </Suspense>
  );
}

const settleMs = 300;

/** How the file is looked at: at once in the page, and in the address as soon as it rests. */
function useViewState(text: string | undefined, onView: Props['onView']) {
  const [state, setState] = useState(() => readView(text));
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const latest = useRef({ state, onView });
  latest.current = { state, onView };
  useEffect(() => () => clearTimeout(timer.current), []);
  const change = useCallback((given: Record<string, string>) => {
    const next = readView(writeView(latest.current.state, given));
    latest.current.state = next;
    setState(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => latest.current.onView?.(writeView(next, {})), settleMs);
  }, []);
  return [state, change] as const;
}
