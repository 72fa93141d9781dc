import type { ErrorSource, JobErrors } from '../jobs/job.ts';

const names: Record<ErrorSource, string> = {
  pilot: 'pilot error',
  exe: 'payload error',
  sup: 'worker error',
  ddm: 'output error',
  brokerage: 'brokerage error',
  jobDispatcher: 'dispatch error',
  taskBuffer: 'server error',
  trans: 'exit code',
};

const order = ['pilot', 'exe', 'ddm', 'brokerage', 'jobDispatcher', 'taskBuffer', 'sup', 'trans'] as const;

/** Who reported the error that says most; undefined when there is none. The database has the same order. */
export function mainSource(errors: JobErrors): ErrorSource | undefined {
  return order.find((one) => (errors[one]?.code ?? 0) !== 0);
}

/** The error that says most, as a sentence for people; null when there is none. */
export function mainErrorText(errors: JobErrors): string | null {
  const source = mainSource(errors);
  const error = source === undefined ? undefined : errors[source];
  if (source === undefined || error === undefined) return null;
  const diag = error.diag.trim().split('\n')[0] ?? '';
  const exit = errors.trans?.code ?? 0;
  const isSaid = source === 'trans' || exit === 0 || diag.includes(`exit code ${exit}`);
  const also = isSaid ? '' : ` (exit code ${exit})`;
  return `${names[source]} ${error.code}${diag === '' ? '' : `: ${diag.slice(0, 300)}`}${also}`;
}

/** `90 s`, `5 min`, `2 h`, `3 d`: a span of time for a sentence. */
export function spanText(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 2 * 86_400) return `${tidy(seconds / 3600)} h`;
  return `${tidy(seconds / 86_400)} d`;
}

function tidy(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Time of day in UTC, with the date when it is not that of `now`. */
export function timeText(at: Date, now: Date): string {
  const [day = '', time = ''] = at.toISOString().split('T');
  const clock = time.slice(0, 5);
  return day === now.toISOString().slice(0, 10) ? clock : `${day} ${clock}`;
}
