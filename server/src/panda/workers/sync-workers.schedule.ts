import type { Db, Tx } from '../../core/db/index.ts';
import { defineSchedule } from '../../core/schedule/index.ts';
import { addCommands, type NewCommand } from '../harvester/commands.store.ts';

/** Workers in one command (panda-server 1.0.3, worker_synchronization). */
const perCommand = 100;
const atMost = 10_000;

interface AheadWorker {
  harvesterId: string;
  workerId: number;
  pilotStatus: 'started' | 'finished';
}

/**
 * Workers whose pilot said more than an hour ago that it had started or finished while Harvester still believes less;
 * the same worker not again within half an hour. Marks them as told.
 */
function takeWorkersAhead(tx: Tx): Promise<AheadWorker[]> {
  return tx`
    update panda.worker set synced_at = clock_timestamp()
    where (harvester_id, worker_id) in (
      select harvester_id, worker_id from panda.worker
      where pilot_status is not null and status in ('submitted', 'ready', 'running', 'idle')
        and ((pilot_status = 'started' and status in ('submitted', 'ready')
              and pilot_started_at < clock_timestamp() - interval '60 minutes')
          or (pilot_status = 'finished' and pilot_ended_at < clock_timestamp() - interval '60 minutes'))
        and modified_at > clock_timestamp() - interval '7 days'
        and coalesce(submitted_at, modified_at) > clock_timestamp() - interval '14 days'
        and (synced_at is null or synced_at < clock_timestamp() - interval '30 minutes')
      order by harvester_id, worker_id limit ${atMost} for update skip locked)
    returning harvester_id, worker_id, pilot_status`;
}

/** Orders to Harvesters, a hundred workers each: wake those whose pilot runs, kill those whose pilot has ended. */
export async function syncWorkers(db: Db): Promise<number> {
  return db.transaction(async (tx) => {
    const workers = await takeWorkersAhead(tx);
    await addCommands(tx, commandsFor(workers));
    return workers.length;
  });
}

function commandsFor(workers: readonly AheadWorker[]): NewCommand[] {
  const groups = Map.groupBy(workers, ({ harvesterId, pilotStatus }) => `${pilotStatus} ${harvesterId}`);
  return [...groups.values()].flatMap((group) => {
    const [{ harvesterId, pilotStatus }] = group as [AheadWorker, ...AheadWorker[]];
    const ids = group.map(({ workerId }) => workerId).sort((a, b) => a - b);
    const command = pilotStatus === 'started' ? 'SYNC_WORKERS_ACTIVATE' : 'SYNC_WORKERS_KILL';
    const shards = Array.from({ length: Math.ceil(ids.length / perCommand) }, (_, at) =>
      ids.slice(at * perCommand, (at + 1) * perCommand),
    );
    return shards.map((params): NewCommand => ({ harvesterId, command, params, by: 'orrery' }));
  });
}

/** The `worker_synchronization` of PanDA's daemon. */
export const syncWorkersSchedule = defineSchedule({
  name: 'panda.sync-workers',
  everySeconds: 1800,
  catchUp: 'once',
  run: async ({ db }) => {
    await syncWorkers(db);
  },
});
