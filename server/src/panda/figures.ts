import type { Identity } from '../core/auth/index.ts';
import type { Core } from '../core/core.ts';
import type { Sql } from '../core/db/index.ts';
import type { FoundObject, ThroughputLine } from '../core/module.ts';
import { countHours, oldestActivated } from './api/flow.store.ts';
import { findJob } from './api/job.store.ts';
import { maySee, sightOf } from './api/sight.ts';
import { listTally } from './jobs/tally.store.ts';
import { queuesOf } from './queues/queues.ts';
import { queuedStates } from './states.ts';

/** Jobs that ended in this hour and the one before, those that wait, and the jobs ended per hour of the last day. */
export async function jobThroughput(sql: Sql, now: Date): Promise<ThroughputLine[]> {
  const [hours, tally, oldest] = await Promise.all([
    countHours(sql, now, 24),
    listTally(sql),
    oldestActivated(sql),
  ]);
  const spark = Array.from({ length: 24 }, () => 0);
  const last = { done: 0, failed: 0 };
  for (const { hoursAgo, finished, failed } of hours) {
    if (hoursAgo >= 0 && hoursAgo < 24) spark[23 - hoursAgo] = finished + failed;
    if (hoursAgo === 0) Object.assign(last, { done: finished, failed });
  }
  const waiting = tally.reduce(
    (sum, { status, jobs }) => ((queuedStates as readonly string[]).includes(status) ? sum + jobs : sum),
    0,
  );
  return [
    {
      label: 'Jobs',
      ...last,
      waiting,
      oldestWaitingSeconds: oldest === null ? null : (now.getTime() - oldest.getTime()) / 1000,
      spark,
    },
  ];
}

/** Jobs by their number, queues by a part of their name: those that `identity` may open. */
export async function findObjects(
  core: Core,
  query: string,
  limit: number,
  identity: Identity,
): Promise<FoundObject[]> {
  const wanted = query.trim();
  if (wanted.length === 0 || !identity.may('panda.read')) return [];
  return [...(await jobsNamed(core, wanted, identity)), ...(await queuesNamed(core, wanted))].slice(0, limit);
}

async function jobsNamed({ db }: Core, wanted: string, identity: Identity): Promise<FoundObject[]> {
  if (!/^\d{1,15}$/.test(wanted)) return [];
  const job = await findJob(db.sql, Number(wanted));
  if (job === null || !maySee(sightOf(identity), job)) return [];
  return [
    {
      kind: 'PanDA job',
      id: wanted,
      title: job.name === '' ? `Job ${job.jobId}` : job.name,
      href: `/ui/work/jobs/${job.jobId}`,
      note: `${job.queue}, ${job.status}`,
    },
  ];
}

async function queuesNamed(core: Core, wanted: string): Promise<FoundObject[]> {
  if (wanted.length < 2) return [];
  const part = wanted.toLowerCase();
  return (await queuesOf(core))
    .filter(({ queue }) => queue.toLowerCase().includes(part))
    .map(({ queue, site, status }) => ({
      kind: 'Queue',
      id: queue,
      title: queue,
      href: `/ui/work/queues/${encodeURIComponent(queue)}`,
      note: `${site}, ${status}`,
    }));
}
