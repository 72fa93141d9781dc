import type { PandaNode } from '@orrery/contracts/panda';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import { queuesOf } from '../queues/queues.ts';
import { findNode, type ListedNode, listNodeQueues } from './node.store.ts';
import { apiErrorsThere, apiGpu, apiHours, apiJobThere, apiNode } from './node.wire.ts';
import { sinceOf } from './node-bad.ts';
import { endedInQueues, listEndedThere, listJobsThere, readsJobs } from './node-ended.store.ts';
import { judgeNode } from './node-judgement.ts';
import type { Sight } from './sight.ts';
import { listWorkers } from './worker.store.ts';
import { apiWorker } from './worker.wire.ts';

const usualHours = 24;
const shownJobs = 100;
const shownWorkers = 50;

/**
 * One machine. Its jobs are those that ended under its name in the queues of the site, or in those it was seen in: the
 * same name at another site is another machine. Throws `panda.node-unknown` when nobody has heard of it.
 */
export async function describeNode(
  core: Core,
  { site, host, sight }: { site: string; host: string; sight: Sight },
  hours = usualHours,
): Promise<PandaNode> {
  const startedMs = performance.now();
  const { sql } = core.db;
  const since = sinceOf(core.clock.now(), hours);
  const [hardware, seenIn, known] = await Promise.all([
    findNode(sql, site, host),
    listNodeQueues(sql, site, host),
    queuesOf(core),
  ]);
  const ofSite = known.filter((queue) => queue.site === site).map(({ queue }) => queue);
  const queues = [...new Set([...seenIn.map(({ queue }) => queue), ...ofSite])];
  const there = { host, queues: queues.length === 0 ? null : queues };
  const [[ended], jobs, workers, ofQueues] = await Promise.all([
    listEndedThere(sql, [there], since),
    listJobsThere(sql, there, sight, shownJobs),
    listWorkers(sql, { host, ...(there.queues === null ? {} : { queues: there.queues }) }, shownWorkers),
    endedInQueues(sql, queues, since),
  ]);
  if (ended === undefined || (hardware.length === 0 && ended.read === 0 && workers.length === 0))
    throw nodeUnknown(site, host);
  return {
    site,
    host,
    ...apiHardware(hardware),
    queues: seenIn.map(({ queue, lastSeenAt }) => ({ queue, lastSeenAt: lastSeenAt.toISOString() })),
    since: since.toISOString(),
    finished: ended.finished,
    failed: ended.failed,
    elsewhere: judgeNode(ended, inAll([...ofQueues.values()])).elsewhere,
    medianSeconds: ended.medianSeconds,
    finishedMedianSeconds: ended.finishedMedianSeconds,
    errors: apiErrorsThere(ended.errors),
    hours: apiHours(ended.hours, since, hours),
    exact: ended.read < readsJobs,
    jobs: jobs.map(apiJobThere),
    workers: workers.map(apiWorker),
    tookMs: performance.now() - startedMs,
  };
}

/** A machine is as many rows as it was seen with processors. */
function apiHardware(
  hardware: readonly ListedNode[],
): Pick<PandaNode, 'hardware' | 'gpus' | 'firstSeenAt' | 'lastSeenAt'> {
  return {
    hardware: hardware.map(apiNode),
    gpus: (hardware[0]?.gpus ?? []).map(apiGpu),
    firstSeenAt: edgeOf(
      hardware.map(({ firstSeenAt }) => firstSeenAt),
      Math.min,
    ),
    lastSeenAt: edgeOf(
      hardware.map(({ lastSeenAt }) => lastSeenAt),
      Math.max,
    ),
  };
}

function inAll(ended: ReadonlyArray<{ finished: number; failed: number }>) {
  return ended.reduce(
    (sum, one) => ({ finished: sum.finished + one.finished, failed: sum.failed + one.failed }),
    { finished: 0, failed: 0 },
  );
}

function edgeOf(times: readonly Date[], pick: (...values: number[]) => number): string | null {
  if (times.length === 0) return null;
  return new Date(pick(...times.map((time) => time.getTime()))).toISOString();
}

function nodeUnknown(site: string, host: string): AppError {
  const name = `${host.slice(0, 100)} at ${site.slice(0, 100)}`;
  return new AppError('missing', 'panda.node-unknown', `Nobody has heard of a worker node ${name}.`, {
    next: 'See the list of worker nodes; a machine is known once a pilot described it or a job ended there.',
  });
}
