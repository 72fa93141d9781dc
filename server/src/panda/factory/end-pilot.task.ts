import Type from 'typebox';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import { defineTask } from '../../core/queue/index.ts';
import { revokePilotToken } from './account.ts';
import { countJobs, findPilotRun, noteLookedAt } from './pilot-run.store.ts';
import { startPilots } from './start-pilots.ts';

const lastWordsBytes = 4000;

/** After the end of a pilot: its token is void, its last words are kept, its folder is gone. */
export const endPilotTask = defineTask({
  name: 'panda.end-pilot',
  payload: Type.Object({ pilotRunId: Type.Integer(), runId: Type.String() }),
  maxSeconds: 120,
  async run({ core, payload: { pilotRunId, runId } }) {
    const pilot = await findPilotRun(core.db.sql, pilotRunId);
    if (pilot !== null) {
      await revokePilotToken(core, pilot.tokenId);
      if (pilot.runId !== null) {
        const lastWords = await lastWordsOf(core, runId);
        await noteLookedAt(core.db.sql, pilotRunId, {
          lastWords,
          jobs: await countJobs(core.db.sql, pilotRunId),
        });
      }
    }
    await core.compute.remove(runId);
    if (pilot !== null) await startPilots(core, pilot.queue);
  },
});

/** On another host nobody can read them, and nobody has to. */
async function lastWordsOf(core: Core, runId: string): Promise<string> {
  try {
    const { sizeBytes } = await core.compute.readLog(runId, 'stderr', 0, 1);
    const from = Math.max(0, sizeBytes - lastWordsBytes);
    const { bytes } = await core.compute.readLog(runId, 'stderr', from, lastWordsBytes);
    return bytes.toString('utf8').replaceAll('\0', '');
  } catch (error) {
    if (error instanceof AppError) return '';
    throw error;
  }
}
