import type { Sql } from '../../core/db/index.ts';
import { AppError, messageOf } from '../../core/errors.ts';
import { endRun } from './run.store.ts';

/** Failures of a task after which its run is given up, rather than waiting for somebody to revive the task. */
const mostAttempts = 5;

/** Ends the run with a reason when trying again cannot help or has not; otherwise throws for the queue to try again. */
export async function giveUp(sql: Sql, runId: number, attempt: number, error: unknown): Promise<void> {
  const isFinal = error instanceof AppError && error.code === 'crds.comparison-impossible';
  if (!isFinal && attempt < mostAttempts) throw error;
  await endRun(sql, runId, 'failed', messageOf(error).replaceAll('\0', '').slice(0, 1000));
}
