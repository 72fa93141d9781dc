import type { Why } from '@orrery/contracts/explain';
import type { PandaQueue, PandaQueueShareRow } from '@orrery/contracts/panda';
import type { Identity } from '../../core/auth/index.ts';
import type { Core } from '../../core/core.ts';
import { stuckJobs } from '../dispatch/stuck.ts';
import { whyQueue } from '../dispatch/why-queue.ts';
import { type FactoryState, factoryState } from '../factory/factory-state.ts';
import { listPilotRuns } from '../factory/pilot-run.store.ts';
import { listTally, type Tally } from '../jobs/tally.store.ts';
import { listDowntimes } from '../queues/downtimes.ts';
import { queueUnknown } from '../queues/errors.ts';
import type { Queue } from '../queues/queues.store.ts';
import { listVersions } from '../queues/queues.store.ts';
import { queueOf } from '../queues/queues.ts';
import { queueStory } from './explain-queue.ts';
import { instantOrNull } from './job-row.wire.ts';
import { addTo, listLives, noLife } from './queue.store.ts';
import { apiDowntime, apiQueueRow } from './queue.wire.ts';

/** Throws `panda.queue-unknown`. */
async function demandQueue(core: Core, name: string): Promise<Queue> {
  const queue = await queueOf(core, name);
  if (queue === null) throw queueUnknown(name);
  return queue;
}

/** Everything about a queue. Throws `panda.queue-unknown`. */
export async function describeQueue(core: Core, name: string, identity: Identity): Promise<PandaQueue> {
  const { sql } = core.db;
  const queue = await demandQueue(core, name);
  const [lives, tally, versions, downtimes, factory, pilots, why, stuck] = await Promise.all([
    listLives(sql, name),
    listTally(sql, name),
    listVersions(sql, name),
    listDowntimes(sql, name),
    factoryState(core, queue),
    listPilotRuns(sql, name, 1),
    whyQueue(core, name),
    stuckJobs(core, [queue]),
  ]);
  const life = lives.get(name) ?? noLife;
  return {
    ...apiQueueRow(queue, life, stuck.get(name)),
    document: queue.document,
    setStatus: queue.ownStatus,
    versions: versions.map(({ version, at, changedBy, why, status }) => ({
      version,
      at: at.toISOString(),
      by: changedBy,
      why,
      status,
    })),
    downtimes: downtimes.map(apiDowntime),
    byShare: byShare(tally),
    why: queueStory(queue, life, why),
    factory: factory === null ? null : apiFactory(queue, factory, pilots[0]?.startedAt ?? null),
    acts: { change: identity.may('panda.operate') },
  };
}

function apiFactory(
  { document }: Queue,
  { max, pilots, toStart, why, pausedUntil, isolation }: FactoryState,
  lastStartedAt: Date | null,
): PandaQueue['factory'] {
  const alive = pilots.queued + pilots.running;
  return {
    backend: document.pilotFactory?.backend ?? 'local',
    pilot: document.pilotFactory?.pilot ?? 'own',
    wanted: alive + toStart,
    alive,
    queued: pilots.queued,
    max,
    why,
    lastStartedAt: instantOrNull(lastStartedAt),
    pausedUntil: instantOrNull(pausedUntil),
    isolation,
  };
}

function byShare(tally: readonly Tally[]): PandaQueueShareRow[] {
  const rows = new Map<string, PandaQueueShareRow>();
  for (const { share, status, jobs } of tally) {
    const row = rows.get(share) ?? { share, jobs: {} };
    rows.set(share, row);
    addTo(row.jobs, status, jobs);
  }
  return [...rows.values()].toSorted((a, b) => a.share.localeCompare(b.share, 'en'));
}

/** Why its pilots get nothing, or that they do. Throws `panda.queue-unknown`. */
export async function explainQueue(core: Core, name: string): Promise<Why> {
  const queue = await demandQueue(core, name);
  const [lives, why] = await Promise.all([listLives(core.db.sql, name), whyQueue(core, name)]);
  return queueStory(queue, lives.get(name) ?? noLife, why);
}
