import type { Db } from '../../server/src/core/db/index.ts';
import type { Job } from '../../server/src/panda/jobs/job.ts';
import type { JobState } from '../../server/src/panda/states.ts';

/** What a test says of a job; everything else has a sensible default. */
export interface JobWish {
  status?: JobState;
  queue?: string;
  share?: string;
  label?: string;
  priority?: number;
  attempt?: number;
  maxAttempt?: number;
  taskId?: number | null;
  owner?: string;
  ownerAccountId?: number | null;
  vo?: string | null;
  memoryMb?: number;
  diskMb?: number;
  walltimeSeconds?: number;
  cores?: number;
  resourceType?: string;
  processingType?: string | null;
  command?: string | null;
  debug?: boolean;
  batchId?: string | null;
  parameters?: string;
  transformation?: string;
  document?: string | null;
}

/** Puts a job into the database as it stands after submission, in any state, with its specification. */
export async function aJob(db: Db, wish: JobWish = {}): Promise<Job> {
  const [job] = await db.sql<Job[]>`
    with made as (
      insert into panda.job (status, queue, share, label, priority, attempt, max_attempt, task_id, owner,
        owner_account_id, vo, memory_mb, disk_mb, walltime_seconds, cores, resource_type, processing_type, command,
        debug, batch_id, name, status_why)
      values (${wish.status ?? 'activated'}, ${wish.queue ?? 'TEST'}, ${wish.share ?? 'User Analysis'},
        ${wish.label ?? 'user'}, ${wish.priority ?? 1000}, ${wish.attempt ?? 1}, ${wish.maxAttempt ?? 1},
        ${wish.taskId ?? null}, ${wish.owner ?? 'Test User'}, ${wish.ownerAccountId ?? null}, ${wish.vo ?? 'local'},
        ${wish.memoryMb ?? 0}, ${wish.diskMb ?? 0}, ${wish.walltimeSeconds ?? 0}, ${wish.cores ?? 1},
        ${wish.resourceType ?? 'SCORE'}, ${wish.processingType ?? 'test'}, ${wish.command ?? null},
        ${wish.debug ?? false}, ${wish.batchId ?? null}, 'a job of a test', 'made by a test')
      returning *),
    described as (
      insert into panda.job_spec (job_id, parameters, transformation, document)
      select job_id, ${wish.parameters ?? 'alpha beta'}, ${wish.transformation ?? 'http://127.0.0.1/trf/user/runGen'},
        ${wish.document ?? null} from made)
    select * from made`;
  if (job === undefined) throw new Error('no job was made');
  return job;
}
