import type { ComputeRun } from '../../core/compute/index.ts';
import type { Core } from '../../core/core.ts';
import type { Tx } from '../../core/db/index.ts';
import { pilotStates } from '../states.ts';
import { type Failure, retryOrEnd } from '../watch/retry.ts';
import { endPilotTask } from './end-pilot.task.ts';
import { findPilotRun, listHeldJobs, noteEnded, noteStarted, upsertWorker } from './pilot-run.store.ts';

/** Told of each change of the run of a pilot, in the transaction that makes it. */
export async function followRun(core: Core, tx: Tx, run: ComputeRun): Promise<void> {
  if (run.owner.kind !== 'pilot') return;
  const pilotRunId = Number(run.owner.id);
  const host = run.host?.split(':')[0] ?? null;
  const pilot = await findPilotRun(tx, pilotRunId);
  if (run.state === 'running' && pilot !== null) {
    await noteStarted(tx, pilotRunId, host);
    await upsertWorker(tx, { pilotRunId, queue: pilot.queue, status: 'running', node: host });
  }
  if (run.state !== 'ended') return;
  const ending = run.exit?.message ?? 'The run ended without a known reason.';
  if (pilot !== null && (await noteEnded(tx, pilotRunId, ending, run.exit?.code)) !== null) {
    const status = run.exit?.code === 0 ? 'finished' : 'failed';
    await upsertWorker(tx, { pilotRunId, queue: pilot.queue, status, node: host });
    await failHeldJobs(core, tx, pilotRunId, ending);
  }
  await core.queue.add(tx, endPilotTask, { pilotRunId, runId: run.runId }, { key: run.runId });
}

/** Nobody waits two hours for reports of a pilot that is known to be gone. */
async function failHeldJobs(core: Core, tx: Tx, pilotRunId: number, ending: string): Promise<void> {
  const jobs = await listHeldJobs(tx, pilotRunId, pilotStates);
  const why = `its pilot is gone: ${ending}`;
  const failures = jobs.map(
    ({ jobId }): Failure => ({
      jobId,
      why,
      by: 'pilot factory',
      errors: { pilot: { code: killedCode, diag: why.slice(0, 500) } },
    }),
  );
  const { ended, begunAgain } = await retryOrEnd(tx, core, failures);
  if (ended.length + begunAgain.length > 0) core.db.afterCommit(tx, core.events.committed);
}

/** "Job terminated by unknown kill signal" (pilot3 3.11.5.1): the same job may be begun again. */
const killedCode = 1200;
