import type { PandaJobCounts } from '@orrery/contracts/panda';
import type { Sql } from '../../core/db/index.ts';
import type { JobState } from '../states.ts';
import { along, conditions, type JobFilter, leadsOf, tablesOf } from './job-filter.ts';

export interface Facets {
  states: PandaJobCounts;
  finalHours: number | null;
  exact: boolean;
}

interface Counted {
  status: JobState;
  jobs: number;
}

/** Of a view that the counters know only in part, so many jobs of each table are looked at. */
const looksAt = 20_000;
const counterHours = 24;

/** What the counters are kept by. */
const counted: ReadonlyArray<keyof JobFilter> = [
  'queue',
  'label',
  'share',
  'resourceType',
  'statuses',
  'sight',
];

/** Jobs per state: by the counters where these can tell, else by looking at the newest jobs of the view. */
export async function countFacets(sql: Sql, filter: JobFilter): Promise<Facets> {
  const { statuses: _statuses, ...rest } = filter;
  const byCounters =
    rest.sight === 'all' && Object.keys(rest).every((name) => counted.includes(name as keyof JobFilter));
  return byCounters ? await fromCounters(sql, rest) : await fromJobs(sql, rest);
}

async function fromCounters(sql: Sql, filter: JobFilter): Promise<Facets> {
  const where = kinds(sql, filter);
  const [live, ended] = await Promise.all([
    sql<
      Counted[]
    >`select status, sum(jobs)::float8 as jobs from panda.tally_now where ${where} group by status`,
    sql<Counted[]>`
      select status, sum(jobs)::float8 as jobs from (
        select hour, queue, share, label, resource_type, status, jobs from panda.outcome
        union all
        select hour, queue, share, label, resource_type, status, jobs from panda.outcome_change) ended
      where hour >= date_trunc('hour', clock_timestamp() - make_interval(hours => ${counterHours}), 'UTC') and ${where}
      group by status`,
  ]);
  return { states: countsOf([...live, ...ended]), finalHours: counterHours, exact: true };
}

/** The part of a filter that counters are kept by. */
export function kinds(
  sql: Sql,
  { queue, share, label, resourceType }: Pick<JobFilter, 'queue' | 'share' | 'label' | 'resourceType'>,
) {
  const parts = [
    ...(queue === undefined ? [] : [sql`queue = ${queue}`]),
    ...(share === undefined ? [] : [sql`share = ${share}`]),
    ...(label === undefined ? [] : [sql`label = ${label}`]),
    ...(resourceType === undefined ? [] : [sql`resource_type = ${resourceType}`]),
  ];
  return parts.reduce((all, part) => sql`${all} and ${part}`, sql`true`);
}

async function fromJobs(sql: Sql, filter: JobFilter): Promise<Facets> {
  const rows: Counted[] = [];
  let exact = true;
  for (const table of tablesOf(filter)) {
    const part = along(sql, table, leadsOf(sql, table, filter), {
      where: sql`true`,
      order: sql`job_id desc`,
      limit: looksAt,
    });
    const found = await sql<(Counted & { looked: number })[]>`
      select status, count(*) filter (where ${conditions(sql, filter)})::int as jobs, count(*)::int as looked
      from ${part} part group by status`;
    rows.push(...found);
    exact &&= found.reduce((sum, { looked }) => sum + looked, 0) < looksAt;
  }
  return { states: countsOf(rows), finalHours: null, exact };
}

function countsOf(rows: readonly Counted[]): PandaJobCounts {
  const counts: PandaJobCounts = {};
  for (const { status, jobs } of rows) {
    if (jobs !== 0) counts[status] = (counts[status] ?? 0) + jobs;
  }
  return counts;
}
