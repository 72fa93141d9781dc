import type { Core } from '../../core/core.ts';
import { defineSchedule } from '../../core/schedule/index.ts';
import { endPilotTask } from './end-pilot.task.ts';
import { listWithRun, noteEnded } from './pilot-run.store.ts';
import { startAllPilots } from './start-pilots.ts';

/** Jobs that wait wake the factory at once; the clock is for what nobody was woken for. */
export const factorySchedule = defineSchedule({
  name: 'panda.pilot-factory',
  everySeconds: 5,
  catchUp: 'skip',
  maxSeconds: 120,
  async run(core, { signal }) {
    await endForgotten(core);
    await startAllPilots(core, signal);
  },
});

/**
 * Pilots whose run the computer does not know, such as after a restore from a backup of an earlier hour; and those that
 * ended while nobody was there to clear up after them.
 */
export async function endForgotten(core: Core): Promise<void> {
  const pilots = await listWithRun(core.db.sql);
  const runs = await core.compute.states(pilots.map(({ runId }) => runId));
  const alive = new Set(runs.filter(({ state }) => state !== 'ended').map(({ runId }) => runId));
  for (const { pilotRunId, runId, endedAt } of pilots.filter((pilot) => !alive.has(pilot.runId))) {
    await core.db.transaction(async (tx) => {
      if (endedAt === null) await noteEnded(tx, pilotRunId, 'The server does not know its run any more.');
      await core.queue.add(tx, endPilotTask, { pilotRunId, runId }, { key: runId });
    });
  }
}
