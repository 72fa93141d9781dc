import type { Sql } from '../../core/db/index.ts';
import type { HealthCheck, OverdueQuery } from '../../core/module.ts';

/** An observatory that has contexts is of use to nobody until one of them is latest. */
const graceSeconds = 3600;

interface Waiting {
  observatory: string;
  title: string;
  since: Date;
  deadline: Date;
  newest: string;
}

function withoutLatest(sql: Sql) {
  return sql`
    select o.observatory, o.title, f.added_at as since,
      f.added_at + make_interval(secs => ${graceSeconds}) as deadline, f.newest
    from crds.observatory o cross join lateral (
      select min(added_at) as added_at, max(name) as newest from crds.file
      where observatory = o.observatory and kind = 'mapping' and instrument is null and name like '%.pmap'
        and state <> 'uploaded') f
    where o.latest_context is null and f.added_at is not null`;
}

/** Observatories whose rules were brought and never put in force. They belong to no account. */
export const contextsOverdue: OverdueQuery = {
  async find(sql, now, limit, account) {
    if (account !== undefined) return { total: 0, rows: [] };
    const rows = await sql<Array<Waiting & { total: number }>>`
      with waiting as (${withoutLatest(sql)})
      select *, count(*) over ()::int as total from waiting where deadline < ${now} order by deadline limit ${limit}`;
    return {
      total: rows[0]?.total ?? 0,
      rows: rows.map(({ observatory, title, since, deadline, newest }) => ({
        kind: 'Observatory',
        id: observatory,
        name: title || observatory,
        href: `/ui/calibration/${observatory}/contexts`,
        why: 'It has contexts, and none of them is latest: clients get no answer.',
        since,
        deadline,
        owner: `operators of ${observatory}`,
        nextStep: `Set one: orrery crds context set ${observatory} ${newest}`,
      })),
    };
  },
  async watched(sql, now, account) {
    if (account !== undefined) return { count: 0, nextDeadline: null };
    const [row] = await sql<{ count: number; next: Date | null }[]>`
      with waiting as (${withoutLatest(sql)})
      select count(*) as count, min(deadline) filter (where deadline >= ${now}) as next from waiting`;
    return { count: row?.count ?? 0, nextDeadline: row?.next ?? null };
  },
};

/** Whether every observatory has a latest context, and none that is bad. */
export const contextsHealth: HealthCheck = {
  name: 'crds contexts',
  async check({ db }) {
    const rows = await db.sql<
      { observatory: string; latest: string | null; isBad: boolean; hasRules: boolean }[]
    >`
      select o.observatory, o.latest_context as latest, coalesce(f.rejected or f.blacklisted, false) as is_bad,
        exists (select from crds.file m where m.observatory = o.observatory and m.kind = 'mapping') as has_rules
      from crds.observatory o left join crds.file f on f.observatory = o.observatory and f.name = o.latest_context
      order by o.observatory`;
    const bad = rows.find(({ isBad }) => isBad);
    if (bad !== undefined) {
      return {
        state: 'bad',
        message: `The latest context of ${bad.observatory}, ${bad.latest}, uses files that are marked bad: clients refuse it.`,
        next: `Set another one: orrery crds context set ${bad.observatory} <context>.`,
      };
    }
    const unset = rows.find(({ latest, hasRules }) => latest === null && hasRules);
    if (unset !== undefined) {
      return {
        state: 'partial',
        message: `${unset.observatory} has no latest context.`,
        next: `Set one: orrery crds context set ${unset.observatory} <context>.`,
      };
    }
    return {
      state: 'good',
      message:
        rows.length === 0
          ? 'There is no observatory.'
          : `${rows.length} ${rows.length === 1 ? 'observatory' : 'observatories'}, every latest context is usable.`,
    };
  },
};
