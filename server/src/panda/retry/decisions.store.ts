import type { Sql, Tx } from '../../core/db/index.ts';
import type { ErrorSource } from '../jobs/job.ts';
import type { RetryAction } from './actions.ts';

/** What a rule did with a job that failed, or would have done. */
export interface Decision {
  jobId: number;
  attempt: number;
  retryRuleId: number;
  action: RetryAction;
  /** False: only written down. */
  active: boolean;
  /** For people. */
  effect: string;
  /** Null: from before it was written down. */
  errorSource: ErrorSource | null;
  errorCode: number | null;
}

/** Writes decisions down, and appends them to the counters. */
export async function addDecisions(tx: Tx, decisions: readonly Decision[]): Promise<void> {
  if (decisions.length === 0) return;
  await tx`
    with made as (
      insert into panda.retry_decision (job_id, attempt, retry_rule_id, action, active, effect, error_source, error_code)
      select "jobId", attempt, "retryRuleId", action, active, effect, "errorSource", "errorCode"
      from jsonb_to_recordset(${JSON.stringify(decisions)}::text::jsonb) as r ("jobId" bigint, attempt int,
        "retryRuleId" bigint, action text, active boolean, effect text, "errorSource" text, "errorCode" int)
      returning retry_rule_id, at, active)
    insert into panda.retry_count_change (retry_rule_id, hour, active, jobs, last_at)
    select retry_rule_id, date_trunc('hour', at, 'UTC'), active, count(*), max(at) from made group by 1, 2, 3`;
}

const atMost = 50_000;

/** Takes the oldest changes and adds them to the counters. Runs by one process at a time (its schedule sees to that). */
export async function foldDecisions(tx: Tx): Promise<void> {
  await tx`
    with gone as (
      delete from panda.retry_count_change where retry_count_change_id in (
        select retry_count_change_id from panda.retry_count_change order by retry_count_change_id limit ${atMost}
        for update skip locked)
      returning *),
    summed as (
      select retry_rule_id, hour, active, sum(jobs) as jobs, max(last_at) as last_at
      from gone group by retry_rule_id, hour, active)
    insert into panda.retry_count as known (retry_rule_id, hour, active, jobs, last_at)
    select retry_rule_id, hour, active, jobs, last_at from summed
    on conflict (retry_rule_id, hour, active) do update set
      jobs = known.jobs + excluded.jobs, last_at = greatest(known.last_at, excluded.last_at)`;
}

/** How often a rule decided on a day (UTC). */
export interface DayCount {
  retryRuleId: number;
  day: Date;
  /** Decisions that had an effect, and those that were only written down. */
  acted: number;
  noted: number;
  lastAt: Date;
}

/** From the counters, since the beginning of a day; never from the decisions. */
export function countDecisions(sql: Sql, ruleIds: readonly number[], since: Date): Promise<DayCount[]> {
  return sql<DayCount[]>`
    select retry_rule_id, date_trunc('day', hour, 'UTC') as day,
      coalesce(sum(jobs) filter (where active), 0)::float8 as acted,
      coalesce(sum(jobs) filter (where not active), 0)::float8 as noted, max(last_at) as last_at
    from (select retry_rule_id, hour, active, jobs, last_at from panda.retry_count
          union all
          select retry_rule_id, hour, active, jobs, last_at from panda.retry_count_change) counted
    where retry_rule_id = any(${[...ruleIds]}::bigint[]) and hour >= ${since}
    group by 1, 2`;
}

export interface JobDecision extends Decision {
  at: Date;
  /** Of the rule as it stands now; null = it is no longer kept. */
  description: string | null;
  removed: boolean;
}

/** What rules decided about a job, oldest first. */
export function listJobDecisions(sql: Sql, jobId: number): Promise<JobDecision[]> {
  return sql<JobDecision[]>`
    select d.at, d.job_id, d.attempt, d.retry_rule_id, d.action, d.active, d.effect, d.error_source, d.error_code,
      r.description, r.retry_rule_id is null or r.removed_at is not null as removed
    from panda.retry_decision d left join panda.retry_rule r using (retry_rule_id)
    where d.job_id = ${jobId} order by d.at, d.retry_rule_id limit 500`;
}

/** A place in the list of what a rule decided. */
export interface DecisionPlace {
  at: Date;
  jobId: number;
}

export interface RuleDecision extends Decision {
  at: Date;
  queue: string | null;
  ownerAccountId: number | null;
  vo: string | null;
  workingGroup: string | null;
}

/** What a rule decided, last first, beyond a place. */
export function listRuleDecisions(
  sql: Sql,
  ruleId: number,
  limit: number,
  before?: DecisionPlace,
): Promise<RuleDecision[]> {
  const beyond =
    before === undefined
      ? sql``
      : sql`and (at, job_id) < (${before.at}::timestamptz, ${before.jobId}::bigint)`;
  return sql<RuleDecision[]>`
    with part as materialized (
      select at, job_id, attempt, retry_rule_id, action, active, effect, error_source, error_code
      from panda.retry_decision where retry_rule_id = ${ruleId} ${beyond}
      order by at desc, job_id desc limit ${limit})
    select part.*, coalesce(l.queue, a.queue) as queue, coalesce(l.owner_account_id, a.owner_account_id) as owner_account_id,
      coalesce(l.vo, a.vo) as vo, coalesce(l.working_group, a.working_group) as working_group
    from part left join panda.job l using (job_id) left join panda.job_archive a using (job_id)
    order by at desc, job_id desc`;
}
