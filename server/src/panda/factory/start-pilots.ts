import type { ComputeRequest } from '../../core/compute/index.ts';
import { settingsOf } from '../../core/config/index.ts';
import type { Core } from '../../core/core.ts';
import { AppError, messageOf } from '../../core/errors.ts';
import { perCore } from '../per-core.ts';
import { listEndpoints } from '../queues/endpoints.ts';
import type { Queue } from '../queues/queues.store.ts';
import { queueOf, queuesOf } from '../queues/queues.ts';
import { pandaSettings } from '../settings.ts';
import { issuePilotToken, revokePilotToken } from './account.ts';
import { factoryState } from './factory-state.ts';
import { lifeSeconds, type PilotPlace, pilotRequest } from './pilot-request.ts';
import { insertPilotRun, lockFactory, noteTrouble, takePilotRunId, upsertWorker } from './pilot-run.store.ts';
import { findPilot3 } from './pilot3/checkout.ts';
import { pilot3Request } from './pilot3/request.ts';
import { localAddress, otherAddresses } from './server-address.ts';
import type { TokenSafety } from './token-safety.ts';

/** Pilots started in one turn at most; the next turn starts more. */
const atOnce = 20;

/** Starts pilots for every queue that names a factory and lacks some. */
export async function startAllPilots(core: Core, signal?: AbortSignal): Promise<void> {
  for (const { queue } of (await queuesOf(core)).filter(
    ({ document }) => document.pilotFactory !== undefined,
  )) {
    if (signal?.aborted === true) return;
    await startPilots(core, queue);
  }
}

/**
 * Starts as many pilots as the queue lacks; returns how many. What goes wrong is kept for whoever asks why there is
 * none; only a database that is away is thrown.
 */
export async function startPilots(core: Core, name: string): Promise<number> {
  const queue = await queueOf(core, name);
  if (queue === null) return 0;
  const state = await factoryState(core, queue);
  if (state === null) return 0;
  warnOnce(core, queue, state.isolation);
  if (state.toStart === 0) return 0;
  try {
    const started = await startSome(core, queue, Math.min(state.toStart, atOnce));
    await noteTrouble(core.db.sql, name, null);
    return started;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    core.log.warn({ queue: name, why: messageOf(error) }, 'no pilot could be started');
    await noteTrouble(core.db.sql, name, `No pilot could be started: ${error.message}`);
    return 0;
  }
}

const warnedOf = perCore(() => new Map<string, string>());

/** Says in the log of the server what the page of the queue says, once for each reason. */
function warnOnce(core: Core, { queue }: Queue, { isSafe, why }: TokenSafety): void {
  const warned = warnedOf(core);
  if (isSafe || warned.get(queue) === why) return;
  warned.set(queue, why);
  core.log.warn({ queue }, `Jobs are not kept from the token of their pilot: ${why}`);
}

/** Tokens are made before: they have a transaction of their own. Those that are not needed are revoked at once. */
async function startSome(core: Core, queue: Queue, wanted: number): Promise<number> {
  const settings = settingsOf(core.config, 'panda', pandaSettings).factory;
  const server = localAddress(core);
  if (server === null) return 0;
  const requestOf = await requestFor(core, queue);
  const tokens: { token: string; tokenId: string }[] = [];
  const used = new Set<string>();
  try {
    for (let n = 0; n < wanted; n++)
      tokens.push(await issuePilotToken(core, queue, lifeSeconds(queue, settings)));
    await core.db.transaction(async (tx) => {
      used.clear();
      await lockFactory(tx, queue.queue);
      // Another process may have started some since the question above.
      const state = await factoryState(core, queue, tx);
      for (const { token, tokenId } of tokens.slice(0, state?.toStart ?? 0)) {
        const pilotRunId = await takePilotRunId(tx);
        const place: PilotPlace = { server, aliases: otherAddresses(core), token, pilotRunId };
        const runId = await core.compute.submit(tx, requestOf(place));
        await insertPilotRun(tx, {
          pilotRunId,
          queue: queue.queue,
          tokenId,
          demand: state?.activated ?? 0,
          runId,
        });
        await upsertWorker(tx, { pilotRunId, queue: queue.queue, status: 'submitted', node: null });
        used.add(tokenId);
      }
    });
    return used.size;
  } catch (error) {
    used.clear();
    throw error;
  } finally {
    for (const { tokenId } of tokens) if (!used.has(tokenId)) await revokePilotToken(core, tokenId);
  }
}

/** What is asked of the computer for one pilot of the kind that the queue wants. */
async function requestFor(core: Core, queue: Queue): Promise<(place: PilotPlace) => ComputeRequest> {
  const settings = settingsOf(core.config, 'panda', pandaSettings).factory;
  if (queue.document.pilotFactory?.pilot !== 'pilot3') return (place) => pilotRequest(queue, settings, place);
  const { pilot3, trouble } = await findPilot3(core);
  if (pilot3 === undefined) {
    throw new AppError('conflict', 'panda.pilot-missing', `There is no pilot3 to start. ${trouble}`, {
      next: 'Look at the settings panda.factory.pilot3.folder and panda.factory.pilot3.python.',
    });
  }
  const endpoints = (await listEndpoints(core.db.sql)).map(({ endpoint }) => endpoint);
  return (place) => pilot3Request(queue, settings, pilot3, endpoints, place);
}
