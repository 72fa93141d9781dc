import { CommandFailure } from './failure.ts';

/** The address of a job in our JSON API. Throws for what cannot be a job's id, before anything is asked. */
export function jobPath(jobId: string, below = ''): string {
  if (!/^[\w-]{1,100}$/.test(jobId)) {
    throw new CommandFailure(
      'usage',
      `"${printable(jobId)}" is not the id of a job.`,
      'Give the id that "orrery uws run" printed or "orrery uws list" shows.',
    );
  }
  return `/api/uws/jobs/${jobId}${below}`;
}

/** Text of others for a terminal: one line, without signs that would steer it, at most `most` signs. */
export function printable(text: string, most = 200): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
  return [...line].length <= most ? line : `${[...line].slice(0, most - 1).join('')}…`;
}
