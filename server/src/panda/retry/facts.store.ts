import type { Tx } from '../../core/db/index.ts';
import type { Job } from '../jobs/job.ts';
import type { MemoryRule } from './memory.ts';
import { readNumber } from './split-rule.ts';

/** What rules ask about a job that is not in its row. */
export interface JobFacts {
  architecture: string | null;
  release: string | null;
  workQueue: number | null;
  /** Of its task. */
  memory: MemoryRule;
}

export const noFacts: JobFacts = {
  architecture: null,
  release: null,
  workQueue: null,
  memory: { offset: null, step: null, max: null },
};

interface FactRow {
  jobId: number;
  architecture: string | null;
  release: string | null;
  workQueue: string | null;
  splitRule: string | null;
  retryRamOffset: string | null;
  retryRamStep: string | null;
  retryRamMax: string | null;
}

/** The facts of jobs by job id, in one statement; jobs without a specification are left out. */
export async function readFacts(
  tx: Tx,
  jobs: ReadonlyArray<Pick<Job, 'jobId' | 'taskId'>>,
): Promise<Map<number, JobFacts>> {
  const rows = await tx<FactRow[]>`
    select s.job_id, s.attributes->>'cmtConfig' as architecture,
      coalesce(s.attributes->>'AtlasRelease', s.attributes->>'swRelease') as release,
      coalesce(s.attributes->>'workQueue_ID', t.attributes->>'workQueue_ID') as work_queue, t.split_rule,
      t.attributes->>'retryRamOffset' as retry_ram_offset, t.attributes->>'retryRamStep' as retry_ram_step,
      t.attributes->>'retryRamMax' as retry_ram_max
    from unnest(${jobs.map(({ jobId }) => jobId)}::bigint[], ${jobs.map(({ taskId }) => taskId)}::bigint[])
      as j (job_id, task_id)
    join panda.job_spec s using (job_id) left join panda.task t on t.task_id = j.task_id`;
  return new Map(rows.map((row) => [row.jobId, factsOf(row)]));
}

function factsOf(row: FactRow): JobFacts {
  const { architecture, release, splitRule } = row;
  return {
    architecture,
    release,
    workQueue: numberOf(row.workQueue),
    memory: {
      offset: readNumber(splitRule ?? '', 'retryRamOffset') ?? numberOf(row.retryRamOffset),
      step: readNumber(splitRule ?? '', 'retryRamStep') ?? numberOf(row.retryRamStep),
      max: readNumber(splitRule ?? '', 'retryRamMax') ?? numberOf(row.retryRamMax),
    },
  };
}

/** Attributes come from elsewhere and may be anything. */
export function numberOf(value: unknown): number | null {
  if (value === null || value === undefined || value === '') return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}
