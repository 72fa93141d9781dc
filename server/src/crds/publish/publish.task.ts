import Type from 'typebox';
import type { Core } from '../../core/core.ts';
import type { Tx } from '../../core/db/index.ts';
import { AppError } from '../../core/errors.ts';
import { defineTask } from '../../core/queue/index.ts';
import { publishObservatory } from './publish.ts';

/** Less than the time of the task: what is left is done by the next run, which finds the files that are there. */
const atOnceMs = 700_000;

export const publishTask = defineTask({
  name: 'crds.publish',
  payload: Type.Object({ observatory: Type.String() }),
  retry: { attempts: 5, firstDelaySeconds: 5, factor: 4 },
  concurrency: 2,
  maxSeconds: 900,
  async run(context) {
    const { core, payload, signal } = context;
    const enough = AbortSignal.timeout(atOnceMs);
    try {
      const { outcome, placed, problem } = await publishObservatory(
        core,
        payload.observatory,
        AbortSignal.any([signal, enough]),
      );
      context.progress(1, problem === '' ? `${placed} files placed` : problem);
      return outcome;
    } catch (error) {
      if (enough.aborted && !signal.aborted) {
        await core.db.transaction((tx) => context.continueWith(tx, payload));
        return 'to be continued';
      }
      // The folder was taken out of the settings, or the observatory went: nothing is left to do.
      if (error instanceof AppError && (error.code === 'crds.publish-unset' || error.kind === 'missing'))
        return error.message;
      throw error;
    }
  },
});

/** Publishes an observatory soon: one task at a time, and one more that sees the newest. */
export async function publishSoon(core: Core, tx: Tx, observatory: string): Promise<void> {
  await core.queue.add(tx, publishTask, { observatory }, { key: observatory, dedupe: observatory });
}
