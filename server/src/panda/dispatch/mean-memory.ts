import { settingsOf } from '../../core/config/index.ts';
import type { Core } from '../../core/core.ts';
import type { Sql } from '../../core/db/index.ts';
import { entriesOf, readInteger } from '../front/values.ts';
import { perCore } from '../per-core.ts';
import type { Queue } from '../queues/queues.store.ts';
import { pandaSettings } from '../settings.ts';

/** How old a mean may be: thousands of jobs are read for one, and a single job hardly changes it. */
const keptMs = 30_000;

const known = perCore(() => new Map<string, { mean: Promise<MeanMemory>; atMs: number }>());

/** Memory by core that the jobs of a queue have asked for, MB, each job counting once; 0 = there are none. */
export interface MeanMemory {
  /** Of jobs that run. */
  running: number;
  /** Of those that run or start. */
  executing: number;
}

/**
 * The memory by core, MB, that a job may ask for at most to be given to a pilot of the queue now; 0 = no matter. Push
 * queues (`workflow` push…) with a `meanrss` get no job above it while those that run, or run and start, are above it in
 * the mean (panda-server 1.0.3, `getJobs`). The means are at most half a minute old.
 */
export async function memoryPerCoreLimit(core: Core, queue: Queue | null): Promise<number> {
  const target = queue === null ? 0 : meanMemoryTarget(queue.document);
  if (queue === null || target === 0) return 0;
  if (settingsOf(core.config, 'panda', pandaSettings).dispatch.ignoreMeanMemory) return 0;
  const { running, executing } = await recentMean(core, queue.queue);
  return Math.max(running, executing) > target ? target : 0;
}

/** `meanrss` of a push queue, MB; 0 = it is none, or has none. */
export function meanMemoryTarget(document: unknown): number {
  const given = new Map(entriesOf(document));
  const workflow = given.get('workflow');
  if (typeof workflow !== 'string' || !workflow.startsWith('push')) return 0;
  return Math.max(0, readInteger(given.get('meanrss')) ?? 0);
}

function recentMean(core: Core, queue: string): Promise<MeanMemory> {
  const means = known(core);
  for (const [name, { atMs }] of means) {
    if (performance.now() - atMs >= keptMs) means.delete(name);
  }
  const kept = means.get(queue);
  if (kept !== undefined) return kept.mean;
  const mean = findMean(core.db.sql, queue);
  means.set(queue, { mean, atMs: performance.now() });
  // A failure is not kept.
  mean.catch(() => means.delete(queue));
  return mean;
}

/** Along job_executing_idx. */
async function findMean(sql: Sql, queue: string): Promise<MeanMemory> {
  const [row] = await sql<[MeanMemory]>`
    select coalesce(avg(memory_mb::float8 / greatest(cores, 1)) filter (where status = 'running'), 0) as running,
      coalesce(avg(memory_mb::float8 / greatest(cores, 1)), 0) as executing
    from panda.job where queue = ${queue} and status in ('running', 'starting')`;
  return row;
}

/** The next question of this process reads the database: for tests. */
export function forgetMeans(core: Core): void {
  known(core).clear();
}
