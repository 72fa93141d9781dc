import type { Core } from '../../core/core.ts';
import type { Queue } from '../queues/queues.store.ts';
import { type LastPilot, listLastPilots } from './activity.store.ts';
import { flushActivity } from './activity.ts';
import { mostCoresOf } from './most-cores.ts';
import { listStuck, mostStuck, type PilotLimits, type StuckJobs } from './stuck.store.ts';

/** Jobs of a queue that no pilot of it can take. */
export interface Stuck {
  /** At most 200 of a queue are looked at. */
  jobs: number;
  /** The oldest of them. */
  job: number;
  /** A sentence without its full stop. */
  why: string;
}

/**
 * Activated jobs, by queue, that ask for more cores than the queue gives a pilot, or for more memory or disk than the
 * last pilot had that went away with nothing while they waited. Of queues that have no activated job nothing is read.
 */
export async function stuckJobs(core: Core, queues: readonly Queue[]): Promise<Map<string, Stuck>> {
  if (queues.length === 0) return new Map();
  const { sql } = core.db;
  await flushActivity(core);
  const last = await listLastPilots(sql, queues.length === 1 ? (queues[0]?.queue ?? null) : null);
  const pilots = new Map(last.map((one) => [one.queue, one]));
  const limits = new Map(
    queues.map((queue) => [queue.queue, limitsOf(queue, pilots.get(queue.queue))] as const),
  );
  const stuck = await listStuck(sql, [...limits.values()]);
  return new Map(
    stuck.flatMap((row) => {
      const limit = limits.get(row.queue);
      return limit === undefined
        ? []
        : [[row.queue, { jobs: row.jobs, job: row.jobId, why: sayWhy(row, limit) }]];
    }),
  );
}

function limitsOf(queue: Queue, last: LastPilot | undefined): PilotLimits {
  const filter = last?.refusedRequest?.filter ?? null;
  return {
    queue: queue.queue,
    mostCores: mostCoresOf(queue),
    memoryMb: filter?.memoryMb ?? 0,
    diskMb: filter?.diskMb ?? 0,
    refusedAt: filter === null ? null : (last?.refusedAt ?? null),
  };
}

function sayWhy(stuck: StuckJobs, limits: PilotLimits): string {
  const parts = [
    ...(stuck.byCores > 0 ? [ask(stuck, `${stuck.cores} cores`, `${limits.mostCores}`)] : []),
    ...(stuck.byMemory > 0 ? [ask(stuck, `${stuck.memoryMb} MB of memory`, `${limits.memoryMb}`)] : []),
    ...(stuck.byDisk > 0 ? [ask(stuck, `${stuck.diskMb} MB of disk`, `${limits.diskMb}`)] : []),
  ];
  const { jobs } = stuck;
  const many =
    jobs >= mostStuck ? `${jobs} jobs or more wait` : jobs === 1 ? '1 job waits' : `${jobs} jobs wait`;
  return `${many} that no pilot can take: ${parts.join(', and ')}`;
}

function ask({ jobs }: StuckJobs, wanted: string, had: string): string {
  return `${jobs === 1 ? 'it asks for' : 'they ask for up to'} ${wanted} and a pilot has ${had}`;
}
