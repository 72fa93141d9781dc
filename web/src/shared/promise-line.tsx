import type { ReactNode } from 'react';

export interface PromiseCells {
  now: ReactNode;
  next: ReactNode;
  expected: ReactNode;
  /** Where the estimate comes from, on hover. */
  source?: string;
  otherwise: ReactNode;
}

/** What happens now, what comes next, when, and what the system does if not. Only while an object is not final. */
export function PromiseLine({ now, next, expected, source, otherwise }: PromiseCells) {
  return (
    <dl className="promise">
      <div>
        <dt>NOW</dt>
        <dd>{now}</dd>
      </div>
      <div>
        <dt>NEXT</dt>
        <dd>{next}</dd>
      </div>
      <div {...(source === undefined ? {} : { title: source })}>
        <dt>EXPECTED</dt>
        <dd>{expected}</dd>
      </div>
      <div>
        <dt>OTHERWISE</dt>
        <dd>{otherwise}</dd>
      </div>
    </dl>
  );
}
