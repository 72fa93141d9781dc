import type { Audit } from '../../core/audit/index.ts';
import type { Actor } from '../../core/auth/index.ts';
import type { Compute, ComputeRun } from '../../core/compute/index.ts';
import type { Db, Tx } from '../../core/db/index.ts';
import { AppError } from '../../core/errors.ts';
import { type LivePilot, listLivePilots } from './live-pilots.store.ts';
import { findPilotRun, noteEnded, upsertWorker } from './pilot-run.store.ts';

/** What ending pilots takes: a core has it, and so has the command line without a server. */
export interface StopContext {
  readonly db: Db;
  readonly audit: Audit;
  readonly compute: Compute;
}

export interface StopWish {
  queue?: string | undefined;
  pilotRunId?: number | undefined;
  /** Without the ten seconds in which a pilot ends its job and reports it. */
  now?: boolean | undefined;
}

/**
 * Asks pilots of this server to end; returns those that were asked. A pilot that waits for a slot never starts. Jobs
 * that a pilot does not report itself fail with its end, and are begun again where their attempts allow it. The
 * factory may start others at once: a queue that shall have none is set offline first.
 */
export async function stopPilots(context: StopContext, actor: Actor, wish: StopWish): Promise<LivePilot[]> {
  const { now = false } = wish;
  const asked: LivePilot[] = [];
  for (const pilot of await listLivePilots(context.db.sql, wish)) {
    if (pilot.runId !== null && (await stopOne(context, actor, pilot, pilot.runId, now))) asked.push(pilot);
  }
  return asked;
}

/** One pilot by its number. Throws `panda.pilot-unknown` when there is none that has not ended. */
export async function stopPilot(
  context: StopContext,
  actor: Actor,
  pilotRunId: number,
  now: boolean,
): Promise<LivePilot> {
  const [pilot] = await stopPilots(context, actor, { pilotRunId, now });
  if (pilot !== undefined) return pilot;
  throw new AppError('missing', 'panda.pilot-unknown', 'This server has no such pilot, or it has ended.', {
    next: 'The workers of "orrery" that run are those that can be ended.',
  });
}

/** False when the computer does not know its run, as after a restore: the factory finds that out by itself. */
async function stopOne(
  { db, audit, compute }: StopContext,
  { name, ...where }: Actor,
  { pilotRunId, queue }: LivePilot,
  runId: string,
  now: boolean,
): Promise<boolean> {
  try {
    await db.transaction(async (tx) => {
      await compute.cancel(runId, `by ${name}`, tx, now);
      await audit.record(tx, {
        actor: name,
        action: 'panda.pilot-stopped',
        object: { kind: 'panda.pilot', id: String(pilotRunId) },
        details: { queue, now },
        ...where,
      });
    });
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'compute.run-unknown') return false;
    throw error;
  }
}

/**
 * Where no server is up to be told: notes the end of a pilot that never started. It held no job, and the next start
 * of the server does away with its token.
 */
export async function noteNeverStarted(tx: Tx, run: ComputeRun): Promise<void> {
  if (run.owner.kind !== 'pilot' || run.state !== 'ended') return;
  const pilotRunId = Number(run.owner.id);
  const pilot = await findPilotRun(tx, pilotRunId);
  if (pilot === null) return;
  await noteEnded(tx, pilotRunId, run.exit?.message ?? 'It was not started.');
  await upsertWorker(tx, { pilotRunId, queue: pilot.queue, status: 'failed', node: null });
}
