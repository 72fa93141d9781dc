import type { ReactNode } from 'react';
import { ApiError, NoAnswer } from './api.ts';
import { Glyph } from './glyphs.tsx';

/** One sentence why it is empty, and the one next step. */
export function Empty({ title, children, act }: { title: string; children?: ReactNode; act?: ReactNode }) {
  return (
    <div className="empty">
      <p className="strong">{title}</p>
      {children !== undefined && <p className="quiet small">{children}</p>}
      {act !== undefined && <div className="row">{act}</div>}
    </div>
  );
}

/** Stands in place of the one panel that failed: what, why, what to do. */
export function ErrorPanel({ what, error, retry }: { what: string; error: unknown; retry?: () => void }) {
  const known = error instanceof ApiError || error instanceof NoAnswer;
  const reason = known ? error.message : 'The page met an error of its own.';
  const next = error instanceof ApiError ? error.next : undefined;
  const requestId = error instanceof ApiError ? error.requestId : undefined;
  return (
    <div className="panel empty" role="alert">
      <p className="strong state">
        <Glyph face="bad" /> {what}
      </p>
      <p className="quiet small">
        {reason} {next}
      </p>
      {(retry !== undefined || requestId !== undefined) && (
        <div className="row">
          {retry !== undefined && (
            <button type="button" className="button small" onClick={retry}>
              Try again
            </button>
          )}
          {requestId !== undefined && (
            <button
              type="button"
              className="link small faint"
              title="Copy"
              onClick={() => void navigator.clipboard?.writeText(requestId)}
            >
              request <span className="mono">{requestId}</span>
            </button>
          )}
        </div>
      )}
    </div>
  );
}

/** Rows of a first visit, as high as the real ones so that nothing jumps. */
export function SkeletonRows({ rows = 6 }: { rows?: number }) {
  return (
    <div aria-hidden="true">
      {Array.from({ length: rows }, (_, index) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: identical placeholders
          key={index}
          style={{ height: 'var(--row)', padding: '9px 16px', borderTop: index === 0 ? 0 : 'var(--rule)' }}
        >
          <span className="skeleton" style={{ width: `${30 + ((index * 37) % 50)}%` }} />
        </div>
      ))}
    </div>
  );
}
