import Type from 'typebox';
import { defineTask } from '../../core/queue/index.ts';
import { announceDone } from './announce.ts';
import { giveUp } from './give-up.ts';
import { insertParts } from './part.store.ts';
import { partTask } from './part.task.ts';
import { planRun } from './plan.ts';
import { findRun, lockRunning, markDone, markRunning } from './run.store.ts';

/** Finds out what two contexts differ in, and cuts the datasets that it may matter for into parts. */
export const planTask = defineTask({
  name: 'crds.affected-plan',
  payload: Type.Object({ runId: Type.Integer() }),
  concurrency: 2,
  maxSeconds: 600,
  async run({ core, payload: { runId }, attempt, hold }) {
    const run = await findRun(core.db.sql, runId);
    if (run?.state !== 'waiting') return;
    try {
      const { touched, parts, total } = await planRun(core, run);
      await core.db.transaction(async (tx) => {
        await hold(tx);
        if ((await lockRunning(tx, runId)) === null) return;
        await markRunning(tx, runId, touched, total);
        if (parts.length === 0) {
          await markDone(tx, runId);
          await announceDone(core, tx, runId);
          return;
        }
        await insertParts(tx, runId, parts);
        await core.queue.addMany(
          tx,
          partTask,
          parts.map((_part, at) => ({ payload: { runId, part: at + 1 }, priority: -10 })),
        );
      });
    } catch (error) {
      await giveUp(core.db.sql, runId, attempt, error);
    }
  },
});
