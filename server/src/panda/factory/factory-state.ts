import type { BackendReport } from '../../core/compute/index.ts';
import type { Core } from '../../core/core.ts';
import type { Sql } from '../../core/db/index.ts';
import { listTally } from '../jobs/tally.store.ts';
import type { Queue } from '../queues/queues.store.ts';
import { type Demand, jobsOf, pauseUntil, pilotsToStart } from './demand.ts';
import { countPilots, findTrouble, listEnded, type PilotRun } from './pilot-run.store.ts';
import { findPilot3 } from './pilot3/checkout.ts';
import { localAddress } from './server-address.ts';
import { type TokenSafety, tokenSafety } from './token-safety.ts';

/** How a queue is served with pilots of this server, and why it gets no more of them. */
export interface FactoryState extends Demand {
  /** Pilots that may be started now. */
  toStart: number;
  /** For people: why none is started, or how many are. */
  why: string;
  /** Until then none is started, since the last ones found nothing to do. */
  pausedUntil: Date | null;
  /** Whether its jobs can get at the tokens of their pilots. */
  isolation: TokenSafety;
}

/** Endings to look back on when pilots find nothing to do. */
const lookBack = 8;

/** The state of a queue whose document names a pilot factory; null for others. */
export async function factoryState(
  core: Core,
  queue: Queue,
  sql: Sql = core.db.sql,
): Promise<FactoryState | null> {
  const { pilotFactory } = queue.document;
  if (pilotFactory === undefined) return null;
  const counts = jobsOf(await listTally(sql, queue.queue));
  const demand: Demand = {
    ...counts,
    pilots: await countPilots(sql, queue.queue),
    max: pilotFactory.max,
    lingers: pilotFactory.pilot === 'pilot3',
  };
  const wanted = pilotsToStart(demand);
  const lastOnes = await listEnded(sql, queue.queue, lookBack);
  const pausedUntil = pauseUntil(lastOnes, demand.activated);
  const hosts = await hostsOf(core, queue);
  const state = { ...demand, pausedUntil, toStart: 0, isolation: await tokenSafety(queue, hosts) };
  const obstacle = await findObstacle(core, queue, hosts);
  if (obstacle !== null) return { ...state, why: obstacle };
  if (demand.max === 0) return { ...state, why: 'The queue may have no pilots of this server (max is 0).' };
  if (demand.activated === 0) return { ...state, why: 'No job waits for a pilot.' };
  if (wanted === 0) return { ...state, why: whyEnough(demand) };
  if (pausedUntil !== null && pausedUntil > core.clock.now()) {
    return { ...state, why: whyPaused(lastOnes[0], pausedUntil) };
  }
  const trouble = await findTrouble(sql, queue.queue);
  return {
    ...state,
    toStart: wanted,
    why: trouble === null ? `${plural(wanted)} to be started.` : trouble.why,
  };
}

function whyEnough({ pilots, max }: Demand): string {
  const live = pilots.queued + pilots.running;
  const waiting = pilots.queued === 0 ? '' : `, ${pilots.queued} of them waiting for a slot of the computer`;
  if (live >= max) return `${plural(live)} at work${waiting}; the queue may have no more.`;
  return `${plural(live)} on the way or free${waiting}.`;
}

function whyPaused(last: PilotRun | undefined, until: Date): string {
  const next = `the next is started at ${until.toISOString().slice(11, 19)} UTC.`;
  if (last === undefined || last.exitCode === 0) return `The last pilots got no job that fits them; ${next}`;
  const words = last.lastWords?.trim().split('\n').at(-1) ?? '';
  return `The last pilot failed${words === '' ? '' : ` (${words.slice(0, 200)})`}: ${last.ending} After a pause ${next}`;
}

function plural(pilots: number): string {
  return pilots === 1 ? 'One pilot' : `${pilots} pilots`;
}

/** Where its pilots run. */
async function hostsOf(core: Core, { document }: Queue): Promise<BackendReport[]> {
  const name = document.pilotFactory?.backend ?? 'local';
  return (await core.compute.backends()).filter((report) => report.name === name);
}

/** What keeps pilots away whatever waits. */
async function findObstacle(
  core: Core,
  queue: Queue,
  hosts: readonly BackendReport[],
): Promise<string | null> {
  const { document, status, statusReason } = queue;
  if (status === 'offline' || status === 'paused') {
    return `The queue is ${status}${statusReason === '' ? '' : `: ${statusReason}`}.`;
  }
  if ((document.state ?? 'ACTIVE') !== 'ACTIVE') return `The state of the queue is ${document.state}.`;
  const name = document.pilotFactory?.backend ?? 'local';
  if (hosts.length === 0) return `The computer "${name}" of the pilots is not up.`;
  if (hosts.every(({ isolation }) => isolation === 'none') && !core.config.compute.local.allowUnisolated) {
    return `Nothing keeps a job away from the server on this host, so no pilots are started on it: ${hosts[0]?.why}`;
  }
  if (document.pilotFactory?.pilot === 'pilot3') {
    const obstacle = await findObstacleToPilot3(core, hosts);
    if (obstacle !== null) return obstacle;
  }
  return localAddress(core) === null
    ? 'This process does not know under which address pilots reach it.'
    : null;
}

/** What keeps pilot3 away where our own pilot could be started. */
async function findObstacleToPilot3(core: Core, hosts: readonly BackendReport[]): Promise<string | null> {
  const unsafe = hosts.find(({ namespaces }) => !namespaces);
  if (unsafe !== undefined) {
    return `pilot3 ends processes of others at the end of a job, and ${unsafe.host.split(':')[0]} cannot give it a process namespace of its own: ${unsafe.why}`;
  }
  const { trouble } = await findPilot3(core);
  return trouble === undefined ? null : `No pilot3 can be started. ${trouble}`;
}
