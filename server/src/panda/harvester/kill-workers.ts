import type { Core } from '../../core/core.ts';
import { ourHarvester } from '../factory/pilot-run.store.ts';
import { queuesOf } from '../queues/queues.ts';
import { isFinalWorker } from '../workers/worker.ts';
import { listWorkerPlaces } from '../workers/workers.store.ts';
import { addCommands, type NewCommand } from './commands.store.ts';
import type { Manager } from './manager.ts';
import { mayManage } from './may-manage.ts';

/** Workers in one order (panda-server 1.0.3, worker_synchronization). */
const perCommand = 100;

/** What became of a wish to kill workers. */
export interface KillOutcome {
  ordered: number[];
  left: Array<{ worker: number; why: string }>;
}

/**
 * Orders a Harvester to kill workers by their numbers, in the way in which it is told of workers whose pilots have
 * ended. Workers that have left their batch system, and those in queues of a VO that the caller does not manage, are
 * left alone, each with its reason.
 */
export async function killWorkers(
  core: Core,
  manager: Manager,
  harvesterId: string,
  workerIds: readonly number[],
): Promise<KillOutcome> {
  const wanted = [...new Set(workerIds)].sort((a, b) => a - b);
  if (harvesterId === ourHarvester) {
    const why = 'it is a pilot of this server: "orrery panda pilots stop" ends it';
    return { ordered: [], left: wanted.map((worker) => ({ worker, why })) };
  }
  const places = new Map(
    (await listWorkerPlaces(core.db.sql, harvesterId, wanted)).map((place) => [place.workerId, place]),
  );
  const queues = new Map((await queuesOf(core)).map((queue) => [queue.queue, queue]));
  const reasons = wanted.map((worker) => {
    const place = places.get(worker);
    if (place === undefined) return { worker, why: 'there is no such worker' };
    if (isFinalWorker(place.status)) return { worker, why: `it is ${place.status} already` };
    const queue = queues.get(place.queue);
    const isManaged = queue === undefined ? manager.identity.may('panda.operate') : mayManage(manager, queue);
    return { worker, why: isManaged ? null : `you do not manage ${place.queue}` };
  });
  const ordered = reasons.flatMap(({ worker, why }) => (why === null ? [worker] : []));
  if (ordered.length > 0) await order(core, manager, harvesterId, ordered);
  return {
    ordered,
    left: reasons.flatMap(({ worker, why }) => (why === null ? [] : [{ worker, why }])),
  };
}

async function order(
  core: Core,
  manager: Manager,
  harvesterId: string,
  ids: readonly number[],
): Promise<void> {
  const commands = Array.from(
    { length: Math.ceil(ids.length / perCommand) },
    (_, at): NewCommand => ({
      harvesterId,
      command: 'SYNC_WORKERS_KILL',
      params: ids.slice(at * perCommand, (at + 1) * perCommand),
      by: manager.name,
    }),
  );
  await core.db.transaction(async (tx) => {
    await addCommands(tx, commands);
    await core.audit.record(tx, {
      actor: manager.identity.name,
      action: 'panda.workers-killed',
      object: { kind: 'panda.harvester', id: harvesterId },
      details: { workers: ids.map(String) },
      address: manager.address,
    });
  });
}
