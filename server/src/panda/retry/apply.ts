import type { Core } from '../../core/core.ts';
import type { Tx } from '../../core/db/index.ts';
import type { Job, JobErrors } from '../jobs/job.ts';
import { type MemoryRule, nextMemory, timesMemory } from './memory.ts';
import { chooseRules, limitOf, type RetryAction, type RetryRule } from './rule.ts';
import { rulesOf } from './rules.store.ts';

/** A job that failed, with all its errors. */
export interface Failed {
  job: Job;
  errors: JobErrors;
}

interface Facts {
  jobId: number;
  architecture: string | null;
  release: string | null;
  retryRamOffset: number | null;
  retryRamStep: number | null;
  retryRamMax: number | null;
}

interface Decision {
  failed: Failed;
  rule: RetryRule;
  memoryMb: number | null;
  limit: number | null;
  effect: string;
}

/**
 * Applies the retry rules to jobs that failed: limits and memory of the files of their tasks, requests to the tasks.
 * Rules that are not active are only written down. Returns how many attempts each job may have after it, for those
 * that a rule has limited.
 */
export async function applyRules(
  core: Core,
  tx: Tx,
  failed: readonly Failed[],
): Promise<ReadonlyMap<number, number>> {
  const rules = await rulesOf(core);
  const touched = failed.filter(({ errors }) => mayFit(rules, errors));
  if (touched.length === 0) return new Map();
  const facts = await readFacts(tx, touched);
  const decisions = touched.flatMap((one) => decide(rules, one, facts.get(one.job.jobId)));
  await writeDown(tx, decisions);
  const active = decisions.filter(({ rule }) => rule.active);
  await limitFiles(tx, active);
  await raiseMemory(tx, active);
  await askTasks(tx, active);
  return new Map(
    active.flatMap(({ failed: { job }, limit }) => (limit === null ? [] : [[job.jobId, limit]])),
  );
}

function mayFit(rules: readonly RetryRule[], errors: JobErrors): boolean {
  return rules.some(
    ({ errorSource, errorCode }) =>
      (errors[errorSource]?.code ?? 0) !== 0 && errors[errorSource]?.code === errorCode,
  );
}

async function readFacts(tx: Tx, failed: readonly Failed[]): Promise<Map<number, Facts>> {
  const rows = await tx<Facts[]>`
    select s.job_id, s.attributes->>'cmtConfig' as architecture,
      coalesce(s.attributes->>'AtlasRelease', s.attributes->>'swRelease') as release,
      (t.attributes->>'retryRamOffset')::int as retry_ram_offset, (t.attributes->>'retryRamStep')::int as retry_ram_step,
      (t.attributes->>'retryRamMax')::int as retry_ram_max
    from unnest(${failed.map(({ job }) => job.jobId)}::bigint[], ${failed.map(({ job }) => job.taskId)}::bigint[])
      as j (job_id, task_id)
    join panda.job_spec s using (job_id) left join panda.task t on t.task_id = j.task_id`;
  return new Map(rows.map((row) => [row.jobId, row]));
}

function decide(rules: readonly RetryRule[], failed: Failed, facts: Facts | undefined): Decision[] {
  const { job, errors } = failed;
  const chosen = chooseRules(rules, {
    queue: job.queue,
    architecture: facts?.architecture ?? null,
    release: facts?.release ?? null,
    errors,
  });
  return chosen.map((rule) => decision(rule, failed, memoryRule(facts)));
}

function memoryRule(facts: Facts | undefined): MemoryRule {
  return {
    offset: facts?.retryRamOffset ?? null,
    step: facts?.retryRamStep ?? null,
    max: facts?.retryRamMax ?? null,
  };
}

function decision(rule: RetryRule, failed: Failed, memory: MemoryRule): Decision {
  const { job } = failed;
  const perCore = Math.round(job.memoryMb / Math.max(1, job.cores));
  const plain = { failed, rule, memoryMb: null, limit: null };
  switch (rule.action) {
    case 'no_retry':
      return { ...plain, limit: job.attempt, effect: 'not tried again' };
    case 'limit_retry': {
      const limit = limitOf(rule);
      return { ...plain, limit, effect: `tried at most ${limit} times` };
    }
    case 'increase_memory': {
      const memoryMb = nextMemory(perCore, job.attempt, memory);
      return { ...plain, memoryMb, effect: `memory ${perCore} → ${memoryMb} MB per core` };
    }
    case 'increase_memory_xtimes': {
      const memoryMb = timesMemory(perCore, job.attempt, memory);
      return { ...plain, memoryMb, effect: `memory ${perCore} → ${memoryMb} MB per core` };
    }
    case 'increase_cputime':
      return { ...plain, effect: 'the task estimates its time anew' };
    case 'reduce_input_per_job':
      return { ...plain, effect: 'the task makes smaller jobs' };
  }
}

async function writeDown(tx: Tx, decisions: readonly Decision[]): Promise<void> {
  const rows = decisions.map(({ failed: { job }, rule, effect }) => ({
    job: job.jobId,
    attempt: job.attempt,
    rule: rule.retryRuleId,
    action: rule.action,
    active: rule.active,
    effect,
  }));
  await tx`
    insert into panda.retry_decision (job_id, attempt, retry_rule_id, action, active, effect)
    select job, attempt, rule, action, active, effect from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
      as r (job bigint, attempt int, rule bigint, action text, active boolean, effect text)`;
}

/** Inputs of these jobs, as files of their tasks. */
async function limitFiles(tx: Tx, decisions: readonly Decision[]): Promise<void> {
  const limited = decisions.filter(({ limit, failed }) => limit !== null && failed.job.taskId !== null);
  if (limited.length === 0) return;
  await tx`
    update panda.task_file t set max_attempt = greatest(t.attempt, l.most), modified_at = clock_timestamp()
    from unnest(${limited.map(({ failed }) => failed.job.jobId)}::bigint[],
      ${limited.map(({ rule, limit }) => (rule.action === 'no_retry' ? 0 : limit))}::bigint[]) as l (job_id, most)
    join panda.file f using (job_id)
    where f.type in ('input', 'pseudo_input') and t.task_dataset_id = f.task_dataset_id
      and t.task_file_id = f.task_file_id and t.max_attempt > greatest(t.attempt, l.most)`;
}

async function raiseMemory(tx: Tx, decisions: readonly Decision[]): Promise<void> {
  const raised = decisions.filter(({ memoryMb, failed }) => memoryMb !== null && failed.job.taskId !== null);
  if (raised.length === 0) return;
  await tx`
    update panda.task_file t set memory_mb = m.memory_mb, modified_at = clock_timestamp()
    from unnest(${raised.map(({ failed }) => failed.job.jobId)}::bigint[],
      ${raised.map(({ memoryMb }) => memoryMb)}::int[]) as m (job_id, memory_mb)
    join panda.file f using (job_id)
    where f.type in ('input', 'pseudo_input') and t.task_dataset_id = f.task_dataset_id
      and t.task_file_id = f.task_file_id and t.memory_mb < m.memory_mb`;
}

const requests: Partial<Record<RetryAction, string>> = {
  increase_cputime: 'estimateAgain',
  reduce_input_per_job: 'reduceInput',
};

/** What only the task itself can do is written into its attributes: `estimateAgain`, `reduceInput` (how often). */
async function askTasks(tx: Tx, decisions: readonly Decision[]): Promise<void> {
  for (const [action, key] of Object.entries(requests)) {
    const taskIds = decisions
      .filter(({ rule }) => rule.action === action)
      .map(({ failed }) => failed.job.taskId)
      .filter((taskId) => taskId !== null);
    if (taskIds.length === 0) continue;
    await tx`
      with locked as (
        select task_id from panda.task where task_id = any(${taskIds}::bigint[]) order by task_id for update)
      update panda.task t set modified_at = clock_timestamp(), attributes = jsonb_set(t.attributes, array[${key}],
        to_jsonb(coalesce((t.attributes->>${key})::int, 0) + 1))
      from locked where t.task_id = locked.task_id`;
  }
}
