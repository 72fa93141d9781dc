import Type from 'typebox';
import { AppError } from '../../core/errors.ts';
import { defineTask } from '../../core/queue/index.ts';

/** Removes the folder of a run whose job is gone or archived. One that has not ended yet comes again at its end. */
export const discardRunTask = defineTask({
  name: 'uws.discard-run',
  payload: Type.Object({ runId: Type.String() }),
  maxSeconds: 120,
  async run({ core, payload: { runId } }) {
    try {
      await core.compute.remove(runId);
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'compute.run-active')) throw error;
    }
  },
});
