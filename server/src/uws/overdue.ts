import type { Sql } from '../core/db/index.ts';
import type { OverdueQuery, OverdueRow } from '../core/module.ts';
import { graceSeconds, waitingSeconds } from './jobs/deadlines.ts';

interface LateJob {
  jobId: string;
  definition: string;
  runId: string | null;
  ownerId: string | null;
  phase: string;
  phaseSince: Date;
  deadline: Date;
  isEnding: boolean;
  total: number;
}

/** How long after its destruction time a job may still be there: the schedule comes every 30 s. */
const destructionGraceSeconds = 300;

/**
 * Jobs past the limit of their phase, and jobs that should be archived or gone. Uses job_open_idx,
 * job_destruction_at_idx and job_remove_at_idx.
 */
export const overdueJobs: OverdueQuery = {
  async find(sql, now, limit, account) {
    const rows = await sql<LateJob[]>`
        with open as (
          select *, case when phase = 'EXECUTING'
              then coalesce(started_at, phase_since) + make_interval(secs => execution_duration + ${graceSeconds})
              else phase_since + make_interval(secs => ${waitingSeconds}) end as deadline
          from uws.job where phase in ('QUEUED', 'EXECUTING', 'HELD', 'SUSPENDED', 'UNKNOWN')
            and not (phase = 'EXECUTING' and execution_duration = 0) and ${owned(sql, account)}),
        late as (
          select job_id, definition, run_id, owner_id, phase, phase_since, ending is not null as is_ending, deadline
          from open where deadline < ${now}
          union all
          select job_id, definition, run_id, owner_id, 'DESTRUCTION', destruction_at, false,
            destruction_at + make_interval(secs => ${destructionGraceSeconds})
          from uws.job
          where destruction_at < ${now}::timestamptz - make_interval(secs => ${destructionGraceSeconds}) and phase <> 'ARCHIVED'
            and ${owned(sql, account)}
          union all
          select job_id, definition, run_id, owner_id, 'DESTRUCTION', remove_at, false,
            remove_at + make_interval(secs => ${destructionGraceSeconds})
          from uws.job
          where remove_at < ${now}::timestamptz - make_interval(secs => ${destructionGraceSeconds}) and phase = 'ARCHIVED'
            and ${owned(sql, account)})
        select *, count(*) over ()::int as total from late order by deadline limit ${limit}`;
    return { total: rows[0]?.total ?? 0, rows: rows.map(overdueRow) };
  },
  async watched(sql, now, account) {
    const [row] = await sql<[{ count: number; next: Date | null }]>`
        select count(*)::int as count, min(case when phase = 'EXECUTING'
            then coalesce(started_at, phase_since) + make_interval(secs => execution_duration + ${graceSeconds})
            else phase_since + make_interval(secs => ${waitingSeconds}) end)
          filter (where phase <> 'EXECUTING' or execution_duration > 0) as next
        from uws.job where phase in ('QUEUED', 'EXECUTING', 'HELD', 'SUSPENDED', 'UNKNOWN') and ${owned(sql, account)}`;
    const { count, next } = row;
    return { count, nextDeadline: next === null || next < now ? null : next };
  },
};

function owned(sql: Sql, account: string | undefined) {
  return account === undefined ? sql`true` : sql`owner_id = ${account}`;
}

function overdueRow(job: LateJob): OverdueRow {
  const { why, owner, nextStep } = words(job);
  const isDestruction = job.phase === 'DESTRUCTION';
  return {
    kind: 'UWS job',
    id: job.jobId,
    name: job.runId ?? job.definition,
    href: `/ui/services/${job.definition}/jobs/${job.jobId}`,
    why,
    since: job.phaseSince,
    deadline: job.deadline,
    owner,
    nextStep,
    ...(isDestruction ? {} : { act: { label: 'Abort', href: `/api/uws/jobs/${job.jobId}/abort` } }),
  };
}

function words(job: LateJob): { why: string; owner: string; nextStep: string } {
  if (job.phase === 'DESTRUCTION') {
    return {
      why: 'Its time is past and it is still there.',
      owner: 'server',
      nextStep: 'The schedule uws.destroy-due archives or removes it; see whether it is paused, and its log.',
    };
  }
  if (job.isEnding) {
    return {
      why: 'Its run is over but its results are not stored.',
      owner: 'server',
      nextStep: 'Look at the task uws.collect-results of this job.',
    };
  }
  if (job.phase === 'EXECUTING') {
    return {
      why: 'It runs longer than its execution duration.',
      owner: 'server',
      nextStep: 'Abort it, or look at the computer it runs on.',
    };
  }
  if (job.phase === 'HELD') {
    return {
      why: 'It is held and nobody has run it again.',
      owner: job.ownerId ?? 'anonymous',
      nextStep: 'Run it again, or abort it.',
    };
  }
  return {
    why: `It is ${job.phase} longer than the limit.`,
    owner: 'operator',
    nextStep: 'Free a slot, or abort it.',
  };
}
