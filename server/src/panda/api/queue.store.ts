import type { PandaJobCounts } from '@orrery/contracts/panda';
import type { Sql } from '../../core/db/index.ts';
import { listTally } from '../jobs/tally.store.ts';
import type { JobState } from '../states.ts';

/** What goes on in a queue. */
export interface QueueLife {
  jobs: PandaJobCounts;
  finished: number;
  failed: number;
  asked: number;
  given: number;
  lastPilotAt: Date | null;
  lastReportAt: Date | null;
  downtimeUntil: Date | null;
}

export const noLife: QueueLife = {
  jobs: {},
  finished: 0,
  failed: 0,
  asked: 0,
  given: 0,
  lastPilotAt: null,
  lastReportAt: null,
  downtimeUntil: null,
};

type Ended = Pick<QueueLife, 'finished' | 'failed'> & { queue: string };
type Activity = Pick<QueueLife, 'asked' | 'given' | 'lastPilotAt' | 'lastReportAt'> & { queue: string };

/** By queue; reads counters, never jobs. */
export async function listLives(sql: Sql, queue: string | null = null): Promise<Map<string, QueueLife>> {
  const [tally, ended, activity, downtimes] = await Promise.all([
    listTally(sql, queue),
    listEnded(sql, queue),
    listActivity(sql, queue),
    sql<{ queue: string; until: Date }[]>`
      select queue, max(ends_at) as until from panda.downtime
      where starts_at <= clock_timestamp() and ends_at > clock_timestamp() and (${queue}::text is null or queue = ${queue})
      group by queue`,
  ]);
  const lives = new Map<string, QueueLife>();
  const of = (name: string): QueueLife => {
    const life = lives.get(name) ?? { ...noLife, jobs: {} };
    lives.set(name, life);
    return life;
  };
  for (const row of tally) addTo(of(row.queue).jobs, row.status, row.jobs);
  for (const { queue: name, ...rest } of ended) Object.assign(of(name), rest);
  for (const { queue: name, ...rest } of activity) Object.assign(of(name), rest);
  for (const { queue: name, until } of downtimes) of(name).downtimeUntil = until;
  return lives;
}

export function addTo(counts: PandaJobCounts, status: JobState, jobs: number): void {
  counts[status] = (counts[status] ?? 0) + jobs;
}

/** In this hour and the one before. */
function listEnded(sql: Sql, queue: string | null): Promise<Ended[]> {
  return sql<Ended[]>`
    select queue, coalesce(sum(jobs) filter (where status = 'finished'), 0)::float8 as finished,
      coalesce(sum(jobs) filter (where status = 'failed'), 0)::float8 as failed
    from (select hour, queue, status, jobs from panda.outcome
          union all select hour, queue, status, jobs from panda.outcome_change) ended
    where hour >= date_trunc('hour', clock_timestamp(), 'UTC') - interval '1 hour'
      and (${queue}::text is null or queue = ${queue})
    group by queue`;
}

function listActivity(sql: Sql, queue: string | null): Promise<Activity[]> {
  return sql<Activity[]>`
    with counted as (
      select queue, sum(asked)::float8 as asked, sum(given)::float8 as given,
        max(slot) filter (where reports > 0) as last_report_at
      from panda.queue_activity
      where slot > clock_timestamp() - interval '1 hour' and (${queue}::text is null or queue = ${queue})
      group by queue)
    select queue, coalesce(c.asked, 0) as asked, coalesce(c.given, 0) as given, p.asked_at as last_pilot_at,
      c.last_report_at
    from counted c full join (
      select queue, asked_at from panda.queue_last_pilot where ${queue}::text is null or queue = ${queue}) p using (queue)`;
}
