import type { OverdueQuery, OverdueRow } from '../module.ts';

/** A task or a schedule that has not begun this long after its time is overdue. */
const graceSeconds = 300;

interface LateRow {
  what: 'dead' | 'waiting' | 'schedule';
  id: string;
  name: string;
  since: Date;
  deadline: Date;
  attempts: number;
  error: string | null;
  paused: string | null;
  total: number;
}

/** Background work that stands still: dead tasks, tasks nobody takes, schedules past their tick. No account owns it. */
export const overdueWork: OverdueQuery = {
  async find(sql, now, limit, account) {
    if (account !== undefined) return { total: 0, rows: [] };
    const rows = await sql<LateRow[]>`
      with late as (
        select 'dead' as what, task_id::text as id, kind as name, coalesce(started_at, run_at) as since,
          coalesce(started_at, run_at) as deadline, attempts, last_error as error, null as paused
        from core.task where state = 'dead'
        union all
        select 'waiting', t.task_id::text, t.kind, t.run_at, t.run_at + make_interval(secs => ${graceSeconds}),
          t.attempts, t.last_error, p.reason
        from core.task t left join core.task_pause p using (kind)
        where t.state in ('waiting', 'later') and t.run_at < ${now}::timestamptz - make_interval(secs => ${graceSeconds})
        union all
        select 'schedule', name, name, next_due, next_due + make_interval(secs => ${graceSeconds}), 0, last_error, null
        from core.schedule
        where paused_reason is null and next_due < ${now}::timestamptz - make_interval(secs => ${graceSeconds})
          and (lease_until is null or lease_until < ${now}))
      select *, count(*) over ()::int as total from late order by deadline limit ${limit}`;
    return { total: rows[0]?.total ?? 0, rows: rows.map(overdueRow) };
  },
  async watched(sql, now, account) {
    if (account !== undefined) return { count: 0, nextDeadline: null };
    const [row] = await sql<[{ count: number; next: Date | null }]>`
      select ((select count(*) from core.task) + (select count(*) from core.schedule))::int as count,
             (select min(run_at) + make_interval(secs => ${graceSeconds}) from core.task
              where state in ('waiting', 'later')) as next`;
    const { count, next } = row;
    return { count, nextDeadline: next === null || next < now ? null : next };
  },
};

function overdueRow({ what, id, name, since, deadline, attempts, error, paused }: LateRow): OverdueRow {
  const place = { id, name, since, deadline, href: '/ui/admin/schedule' };
  if (what === 'schedule') {
    return {
      ...place,
      kind: 'Schedule',
      why: 'No process has run it since it was due.',
      owner: 'worker processes',
      nextStep: 'Start a process with the role all or worker.',
      act: { label: 'Run now', href: `/api/core/schedules/${encodeURIComponent(name)}/run` },
    };
  }
  if (what === 'dead') {
    return {
      ...place,
      kind: 'Task',
      why: `Failed ${attempts} times and is not tried again: ${error ?? 'no reason was kept'}`,
      owner: 'operator',
      nextStep: 'Mend the cause, then run it again.',
      act: { label: 'Run again', href: `/api/core/tasks/${id}/run-again` },
    };
  }
  return {
    ...place,
    kind: 'Task',
    why: paused === null ? 'No process has taken it.' : `Its kind is paused: ${paused}`,
    owner: paused === null ? 'worker processes' : 'operator',
    nextStep: paused === null ? 'Start a process with the role all or worker.' : 'Resume the kind.',
  };
}
