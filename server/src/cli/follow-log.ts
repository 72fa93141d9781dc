import { setTimeout as sleep } from 'node:timers/promises';
import type { UwsLog } from '@orrery/contracts/uws';
import { lasting } from './follow-job.ts';
import { jobPath } from './job-address.ts';
import type { Remote } from './remote.ts';

const pieceBytes = 1_048_576;
const usualPauseMs = 1000;
const longestPauseMs = 5000;
/** A log that is not closed so long after its job ended will not grow any more. */
const afterEndMs = 30_000;

/**
 * Gives what a job prints to `write` as it comes, to the end of the log. A log that stands still is asked for less
 * and less often; `ended` says that the job is over, and hurries the last question.
 */
export async function followLog(
  remote: Remote,
  jobId: string,
  stream: 'stdout' | 'stderr',
  ended: AbortSignal,
  write: (text: string) => Promise<void>,
): Promise<void> {
  let fromByte = 0;
  let pauseMs = usualPauseMs;
  let quietSinceMs = performance.now();
  for (;;) {
    const isOver = ended.aborted;
    const query: Array<[string, string]> = [
      ['stream', stream],
      ['fromByte', String(fromByte)],
      ['maxBytes', String(pieceBytes)],
    ];
    const piece = await lasting(() => remote.json<UwsLog>('GET', jobPath(jobId, '/log'), { query }));
    const isNew = piece.nextByte > fromByte;
    if (piece.text !== '') await write(piece.text);
    fromByte = piece.nextByte;
    if (piece.ended) return;
    if (isNew) quietSinceMs = performance.now();
    if (isOver && performance.now() - quietSinceMs > afterEndMs) return;
    if (isNew && fromByte < piece.sizeBytes) continue;
    pauseMs = isNew || isOver ? usualPauseMs : Math.min(pauseMs * 1.5, longestPauseMs);
    await pause(pauseMs, isOver ? undefined : ended);
  }
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}
