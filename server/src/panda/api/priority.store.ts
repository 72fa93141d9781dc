import type { Tx } from '../../core/db/index.ts';
import { queuedStates } from '../states.ts';

/** False when the job is not in line any more. */
export async function setPriority(tx: Tx, jobId: number, priority: number): Promise<boolean> {
  const rows = await tx`
    update panda.job set priority = ${priority}, modified_at = clock_timestamp()
    where job_id = ${jobId} and status = any(${[...queuedStates]}::text[]) returning job_id`;
  return rows.length > 0;
}
