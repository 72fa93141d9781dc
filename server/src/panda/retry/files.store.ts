import type { Tx } from '../../core/db/index.ts';
import type { Job } from '../jobs/job.ts';

/** Inputs of these jobs, as files of their tasks, get no more attempts than this; never fewer than they had. */
export async function limitFiles(tx: Tx, limits: ReadonlyArray<{ job: Job; limit: number }>): Promise<void> {
  if (limits.length === 0) return;
  await tx`
    update panda.task_file t set max_attempt = greatest(t.attempt, l.most), modified_at = clock_timestamp()
    from unnest(${limits.map(({ job }) => job.jobId)}::bigint[], ${limits.map(({ limit }) => limit)}::bigint[])
      as l (job_id, most)
    join panda.file f using (job_id)
    where f.type in ('input', 'pseudo_input') and t.task_dataset_id = f.task_dataset_id
      and t.task_file_id = f.task_file_id and t.max_attempt > greatest(t.attempt, l.most)`;
}

/** Inputs of these jobs get so much memory per core with their next attempt; never less than they had. */
export async function raiseMemory(
  tx: Tx,
  raises: ReadonlyArray<{ job: Job; memoryMb: number }>,
): Promise<void> {
  if (raises.length === 0) return;
  await tx`
    update panda.task_file t set memory_mb = m.memory_mb, modified_at = clock_timestamp()
    from unnest(${raises.map(({ job }) => job.jobId)}::bigint[],
      ${raises.map(({ memoryMb }) => memoryMb)}::int[]) as m (job_id, memory_mb)
    join panda.file f using (job_id)
    where f.type in ('input', 'pseudo_input') and t.task_dataset_id = f.task_dataset_id
      and t.task_file_id = f.task_file_id and t.memory_mb < m.memory_mb`;
}

/**
 * Files of tasks that bear only so many failures bear one more: the last one was not their matter (panda-server 1.0.3,
 * increase_max_failure).
 */
export async function allowAnotherFailure(tx: Tx, jobIds: readonly number[]): Promise<void> {
  if (jobIds.length === 0) return;
  await tx`
    update panda.task_file t set max_failures = t.max_failures + 1, modified_at = clock_timestamp()
    from panda.file f
    where f.job_id = any(${[...jobIds]}::bigint[]) and f.type in ('input', 'pseudo_input')
      and t.task_dataset_id = f.task_dataset_id and t.task_file_id = f.task_file_id and t.max_failures is not null`;
}
