import type { Identity } from '../core/auth/index.ts';
import type { Core } from '../core/core.ts';
import type { Sql } from '../core/db/index.ts';
import type { FoundObject, ThroughputLine } from '../core/module.ts';
import { maySee, ownerOf } from './jobs/jobs.ts';
import { serviceOf } from './service.ts';

/** Jobs ended in the last hour, those that wait, and the jobs ended per hour of the last day. */
export async function jobThroughput(sql: Sql, now: Date): Promise<ThroughputLine[]> {
  const ended = await sql<{ hoursAgo: number; done: number; failed: number }[]>`
    select floor(extract(epoch from ${now}::timestamptz - ended_at) / 3600)::int as hours_ago,
      count(*) filter (where ended_in <> 'ERROR')::int as done, count(*) filter (where ended_in = 'ERROR')::int as failed
    from (select ended_at, coalesce(archived_from, phase) as ended_in from uws.job) as job where ended_at > ${now}::timestamptz - interval '24 hours' and ended_at <= ${now} group by 1`;
  const [waiting] = await sql<[{ waiting: number; oldest: Date | null }]>`
    select count(*)::int as waiting, min(phase_since) as oldest from uws.job
    where phase in ('QUEUED', 'EXECUTING', 'HELD', 'SUSPENDED', 'UNKNOWN') and phase = 'QUEUED'`;
  const spark = Array.from({ length: 24 }, () => 0);
  for (const { hoursAgo, done, failed } of ended) {
    if (hoursAgo >= 0 && hoursAgo < 24) spark[23 - hoursAgo] = done + failed;
  }
  const lastHour = ended.find((row) => row.hoursAgo === 0);
  return [
    {
      label: 'Jobs',
      done: lastHour?.done ?? 0,
      failed: lastHour?.failed ?? 0,
      waiting: waiting.waiting,
      oldestWaitingSeconds:
        waiting.oldest === null ? null : (now.getTime() - waiting.oldest.getTime()) / 1000,
      spark,
    },
  ];
}

/** Jobs by id or run id, definitions by a part of their name: those that `identity` may open. */
export async function findObjects(
  core: Core,
  query: string,
  limit: number,
  identity: Identity,
): Promise<FoundObject[]> {
  const wanted = query.trim().toLowerCase();
  if (wanted.length < 2) return [];
  const definitions = (await serviceOf(core).catalog.list()).filter(
    ({ name }) => name.toLowerCase().includes(wanted) && identity.may('uws.definition.read', name),
  );
  const { sql } = core.db;
  const seesAll = identity.may('uws.job.any');
  const jobs = await sql<
    { jobId: string; definition: string; runId: string | null; phase: string; ownerId: string | null }[]
  >`
    (select job_id, definition, run_id, phase, owner_id from uws.job where job_id = ${wanted} limit 1)
    union
    (select job_id, definition, run_id, phase, owner_id from uws.job
     where run_id = ${query.trim()} and ${seesAll ? sql`true` : sql`owner_id = ${ownerOf(identity)}`} order by created_at desc limit ${limit})`;
  return [
    ...jobs
      .filter((job) => maySee(identity, job))
      .map((job) => ({
        kind: 'UWS job',
        id: job.jobId,
        title: job.runId ?? job.jobId,
        href: `/ui/services/${job.definition}/jobs/${job.jobId}`,
        note: `${job.definition}, ${job.phase}`,
      })),
    ...definitions.map((definition) => ({
      kind: 'Service',
      id: definition.name,
      title: definition.content.title ?? definition.name,
      href: `/ui/services/${definition.name}`,
    })),
  ].slice(0, limit);
}
