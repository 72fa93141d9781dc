import Type from 'typebox';
import { defineTask } from '../../core/queue/index.ts';

/** Removes the folder of a run whose job is gone. */
export const discardRunTask = defineTask({
  name: 'uws.discard-run',
  payload: Type.Object({ runId: Type.String() }),
  maxSeconds: 120,
  async run({ core, payload: { runId } }) {
    await core.compute.remove(runId);
  },
});
