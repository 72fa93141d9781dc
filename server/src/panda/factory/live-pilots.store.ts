import type { Sql } from '../../core/db/index.ts';
import { pilotStates } from '../states.ts';
import { ourHarvester } from './pilot-run.store.ts';

/** A pilot of this server that has not ended. */
export interface LivePilot {
  pilotRunId: number;
  queue: string;
  /** Its run in core/compute; null once that was removed. */
  runId: string | null;
  host: string | null;
  createdAt: Date;
  /** Null while it waits for a slot of the computer. */
  startedAt: Date | null;
  /** Jobs that it holds. */
  jobIds: number[];
}

/** Pilots that have not ended, the oldest first: of one queue, one of them, or all. */
export function listLivePilots(
  sql: Sql,
  wish: { queue?: string | undefined; pilotRunId?: number | undefined } = {},
): Promise<LivePilot[]> {
  const { queue, pilotRunId } = wish;
  return sql<LivePilot[]>`
    select pilot_run_id, queue, run_id, host, created_at, started_at,
      array(select job_id from panda.job_worker w join panda.job using (job_id)
        where w.harvester_id = ${ourHarvester} and w.worker_id = p.pilot_run_id
          and job.status = any(${[...pilotStates]}::text[]) order by job_id) as job_ids
    from panda.pilot_run p
    where ended_at is null and ${queue === undefined ? sql`true` : sql`queue = ${queue}`}
      and ${pilotRunId === undefined ? sql`true` : sql`pilot_run_id = ${pilotRunId}`}
    order by pilot_run_id`;
}
