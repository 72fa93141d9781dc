/** What happens to a job, and so the phase it must end in. */
export type Kind = 'good' | 'failing' | 'overtime' | 'aborted' | 'deleted' | 'fetching' | 'uploading';

const mixture: readonly Kind[] = [
  ...(['good', 'good', 'good', 'failing', 'overtime'] as const),
  ...(['aborted', 'aborted', 'deleted', 'fetching', 'uploading'] as const),
];

export function kindOf(n: number): Kind {
  return mixture[n % mixture.length] ?? 'good';
}

/** Longer than any of these tests: only being stopped ends it. */
const forever = 1800;

/** The parameters that make a job of the kind, besides those all have. */
export function fieldsOf(kind: Kind): Record<string, string> {
  const some = (2 + Math.random() * 10).toFixed(1);
  switch (kind) {
    case 'failing':
      return { SECONDS_TO_WAIT: some, STATUS: '1' };
    case 'overtime':
      return { SECONDS_TO_WAIT: String(forever), EXECUTIONDURATION: '3' };
    case 'aborted':
    case 'deleted':
      return { SECONDS_TO_WAIT: String(forever) };
    default:
      return { SECONDS_TO_WAIT: some };
  }
}

/** Null = gone. */
export function phaseOf(kind: Kind): 'COMPLETED' | 'ERROR' | 'ABORTED' | null {
  switch (kind) {
    case 'failing':
      return 'ERROR';
    case 'overtime':
    case 'aborted':
      return 'ABORTED';
    case 'deleted':
      return null;
    default:
      return 'COMPLETED';
  }
}
