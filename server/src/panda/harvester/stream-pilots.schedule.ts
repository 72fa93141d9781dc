import type { Core } from '../../core/core.ts';
import { defineSchedule } from '../../core/schedule/index.ts';
import { entriesOf } from '../front/values.ts';
import { listTally } from '../jobs/tally.store.ts';
import { queuesOf } from '../queues/queues.ts';
import { listResourceTypes } from '../shares/shares.store.ts';
import { shareOrder } from '../shares/shares.ts';
import { type NewCommand, replaceCommands } from './commands.store.ts';
import { listStatistics } from './harvester.store.ts';
import { newWorkers, type Ready, readStreamed, type StreamedType } from './new-workers.ts';

/** More memory for a core than this is much (panda-server 1.0.3), MB. */
const usualMemoryMb = 2000;
const maxAgeMinutes = 60;

/**
 * Tells Harvesters how many workers to submit to the queues that ask to be told (`capability` ucore, `workflow`
 * pull_ups). A queue without a Harvester, or of one that has reported no workers there for an hour, is passed over.
 * Returns how many orders were given.
 */
export async function streamPilots(core: Core): Promise<number> {
  const queues = (await queuesOf(core)).filter(({ document }) => {
    const given = new Map(entriesOf(document));
    return given.get('capability') === 'ucore' && given.get('workflow') === 'pull_ups';
  });
  if (queues.length === 0) return 0;
  const [types, order, statistics] = await Promise.all([
    streamedTypes(core),
    shareOrder(core),
    listStatistics(core.db.sql, maxAgeMinutes),
  ]);
  const commands: NewCommand[] = [];
  for (const { queue, status, document } of queues) {
    const harvesterId = new Map(entriesOf(document)).get('harvester');
    const mine = statistics.filter((one) => one.queue === queue && one.harvesterId === harvesterId);
    if (typeof harvesterId !== 'string' || mine.length === 0) continue;
    const workers = new Map<string, Map<string, number>>();
    for (const { resourceType, status: state, workers: count } of mine) {
      const ofType = workers.get(resourceType) ?? new Map<string, number>();
      workers.set(resourceType, ofType.set(state, (ofType.get(state) ?? 0) + count));
    }
    const wanted = newWorkers(
      readStreamed(document, status),
      types,
      workers,
      await readyIn(core, queue, order),
    );
    commands.push({
      harvesterId,
      command: `SET_N_WORKERS_JOBTYPE:${queue}`,
      params: { managed: wanted },
      by: 'orrery',
    });
  }
  await core.db.transaction((tx) => replaceCommands(tx, commands));
  return commands.length;
}

async function streamedTypes({ db }: Core): Promise<StreamedType[]> {
  const types = await listResourceTypes(db.sql);
  return types.map(({ name, minCores, maxMemoryMb }) => ({
    name,
    isMultiCore: (minCores ?? 0) > 1,
    isMuchMemory: maxMemoryMb === null || maxMemoryMb > usualMemoryMb,
  }));
}

async function readyIn({ db }: Core, queue: string, order: readonly string[]): Promise<Ready[]> {
  const rank = new Map(order.map((share, at) => [share, at]));
  const tally = (await listTally(db.sql, queue)).filter(({ status }) => status === 'activated');
  return tally.sort((a, b) => (rank.get(a.share) ?? order.length) - (rank.get(b.share) ?? order.length));
}

/** The `pilotStreaming` of PanDA's daemon. */
export const streamPilotsSchedule = defineSchedule({
  name: 'panda.stream-pilots',
  everySeconds: 300,
  catchUp: 'skip',
  run: async (core) => {
    await streamPilots(core);
  },
});
