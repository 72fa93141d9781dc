import { Value } from 'typebox/value';
import { findAccount } from '../../core/auth/index.ts';
import { type Config, settingsOf } from '../../core/config/index.ts';
import type { Sql } from '../../core/db/index.ts';
import type { OverdueQuery, OverdueRow } from '../../core/module.ts';
import { listTally } from '../jobs/tally.store.ts';
import { pandaSettings } from '../settings.ts';
import { clockOf, lateFilter, tablesOf } from './late.store.ts';
import { secondsOf, type TimeLimit, timeLimits, type WatchSettings } from './limits.ts';
import { watchSettings } from './settings.ts';

/** The watchdogs come every two and ten minutes, and may have much to do. */
const graceSeconds = 900;
/** A report is dealt with in seconds, unless a plugin lets it wait. */
const reportSeconds = 1800;

/** What is left alone by the watchdogs: jobs that run and were told to stop are no deadlock. */
const shown = timeLimits.filter(({ action }) => action !== 'kill');

/** Jobs past a limit that the watchdogs should have dealt with, and final reports that nobody has dealt with. */
export const overdueJobs: OverdueQuery = {
  async find(sql, _now, limit, account, config) {
    const settings = settingsFrom(config);
    const mine = ownedBy(sql, await numberOf(sql, account));
    const parts = shown.map((one, n) => lateJobs(sql, one, n, settings, mine));
    const rows = await sql<LateRow[]>`
      with late as (${parts.reduce((all, one) => sql`${all} union all ${one}`)} union all ${oldReports(sql, mine)}),
      once as (select distinct on (job_id) * from late order by job_id, deadline)
      select *, count(*) over ()::int as total from once order by deadline limit ${limit}`;
    return { total: rows[0]?.total ?? 0, rows: rows.map(overdueRow) };
  },
  async watched(sql, now, account, config) {
    const accountId = await numberOf(sql, account);
    const next = await nextDeadline(sql, settingsFrom(config), accountId);
    return {
      count: await countLive(sql, accountId),
      nextDeadline: next === null || next < now ? null : next,
    };
  },
};

interface LateRow {
  jobId: number;
  name: string;
  status: string;
  queue: string;
  since: Date;
  deadline: Date;
  /** Place in `shown`; null = a report. */
  place: number | null;
  problem: string | null;
  total: number;
}

function settingsFrom(config: Config | undefined): WatchSettings {
  if (config !== undefined) return settingsOf(config, 'panda', pandaSettings).watch;
  return Value.Parse(watchSettings, Value.Create(watchSettings));
}

/** Number of the account; null = all of them, and one that nobody has for a name that is not known. */
async function numberOf(sql: Sql, account: string | undefined): Promise<number | null> {
  return account === undefined ? null : ((await findAccount(sql, account))?.accountId ?? -1);
}

/** Restricts `j` to the jobs of an account. */
function ownedBy(sql: Sql, accountId: number | null) {
  return accountId === null ? sql`true` : sql`j.owner_account_id = ${accountId}`;
}

type Fragment = ReturnType<typeof clockOf>;

function lateJobs(
  sql: Sql,
  limit: TimeLimit,
  place: number,
  settings: WatchSettings,
  mine: Fragment,
): Fragment {
  return sql`
    select j.job_id, j.name, j.status, j.queue, ${clockOf(sql, limit.from)} as since,
      ${clockOf(sql, limit.from)} + make_interval(secs => ${secondsOf(limit, settings)}) as deadline,
      ${place}::int as place, null::text as problem
    from ${tablesOf(sql, limit)} where ${lateFilter(sql, limit, settings, graceSeconds)} and ${mine}`;
}

function oldReports(sql: Sql, mine: Fragment): Fragment {
  return sql`
    select j.job_id, j.name, j.status, j.queue, r.received_at,
      r.received_at + make_interval(secs => ${reportSeconds}), null::int, r.problem
    from panda.output_report r join panda.job j using (job_id)
    where r.received_at < now() - make_interval(secs => ${reportSeconds}) and ${mine}`;
}

async function countLive(sql: Sql, accountId: number | null): Promise<number> {
  if (accountId === null) return (await listTally(sql)).reduce((sum, { jobs }) => sum + jobs, 0);
  const [row] = await sql<{ jobs: number }[]>`
    select count(*)::int as jobs from panda.job j where ${ownedBy(sql, accountId)}`;
  return row?.jobs ?? 0;
}

/** Limits that every job of a state has; the others are nearly always further away. */
const general = shown.filter(({ jobs, from }) => jobs === 'all' && from === 'status');

async function nextDeadline(
  sql: Sql,
  settings: WatchSettings,
  accountId: number | null,
): Promise<Date | null> {
  const mine = ownedBy(sql, accountId);
  const parts = general.map((limit) => {
    const states = sql.unsafe(`j.status in (${limit.states.map((state) => `'${state}'`).join(', ')})`);
    return sql`
      select min(j.status_since) + make_interval(secs => ${secondsOf(limit, settings)}) as at
      from panda.job j where ${states} and ${mine}`;
  });
  const heard = sql`
    select min(h.at) + make_interval(secs => ${settings.heartbeatHours * 3600})
    from ${accountId === null ? sql`panda.heartbeat h` : sql`panda.heartbeat h join panda.job j using (job_id) where ${mine}`}`;
  const [row] = await sql<{ next: Date | null }[]>`
    select min(at) as next from (${parts.reduce((all, one) => sql`${all} union all ${one}`)} union all ${heard}) deadlines`;
  return row?.next ?? null;
}

function overdueRow({ jobId, name, status, queue, since, deadline, place, problem }: LateRow): OverdueRow {
  const limit = place === null ? undefined : shown[place];
  const common = {
    kind: 'PanDA job',
    id: String(jobId),
    name,
    href: `/ui/work/jobs/${jobId}`,
    since,
    deadline,
  };
  if (limit === undefined) {
    return {
      ...common,
      why: `Its pilot's last report has not been dealt with${problem === null ? '' : `: ${problem}`}.`,
      owner: 'server',
      nextStep: 'Look at the task panda.add-output of this job; it may be dead or its kind paused.',
    };
  }
  const schedule = limit.states.some((state) => waitsForServer.includes(state))
    ? 'panda.copy-archive'
    : 'panda.watcher';
  return {
    ...common,
    why: `It is ${status} in ${queue} for longer than the limit.`,
    owner: 'server',
    nextStep: `The schedule ${schedule} ${deeds[limit.action]}; see whether it is paused, and its log.`,
    act: { label: 'Kill', href: `/api/panda/jobs/${jobId}/kill` },
  };
}

const waitsForServer: readonly string[] = [
  'pending',
  'waiting',
  'defined',
  'assigned',
  'activated',
  'throttled',
];

const deeds: Record<TimeLimit['action'], string> = {
  close: 'closes it',
  reassign: 'closes it, and its task makes a new one',
  'set up': 'sets it up again',
  fail: 'fails it',
  kill: 'stops it',
};
