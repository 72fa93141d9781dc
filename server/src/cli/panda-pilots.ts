import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { createAudit } from '../core/audit/index.ts';
import { type Compute, createCompute } from '../core/compute/index.ts';
import { AppError } from '../core/errors.ts';
import { formatColumns, formatInstant } from './columns.ts';
import { installationOf, type OpenCore, type Opened, withInstallation } from './open.ts';
import { commandLineActor, type InstallationFlags } from './open-auth.ts';

interface Flags extends InstallationFlags {
  queue?: string;
}

interface StopFlags extends Flags {
  now?: boolean;
}

/** A pilot has ten seconds; then its end is made sure of. */
const longestMs = 20_000;

/** `orrery panda pilots list | stop`: the pilots that this server has started, whether it runs or not. */
export function registerPilots(panda: Command, open: OpenCore): void {
  const pilots = panda.command('pilots').description('Pilots that this server has started.');
  withInstallation(pilots.command('list', { isDefault: true }))
    .description('List the pilots that have not ended.')
    .option('--queue <name>', 'of this queue alone')
    .action((flags: Flags) => list(open, flags));
  withInstallation(pilots.command('stop'))
    .description('End pilots: they have ten seconds to end their job and report it.')
    .argument('[number]', 'the number of one pilot; all when absent')
    .option('--queue <name>', 'of this queue alone')
    .option('--now', 'without the ten seconds')
    .action((number: string | undefined, flags: StopFlags) => stop(open, number, flags));
}

async function list(open: OpenCore, flags: Flags): Promise<void> {
  const { listLivePilots } = await import('../panda/factory/live-pilots.store.ts');
  const opened = await open(installationOf(flags));
  try {
    const pilots = await listLivePilots(opened.db.sql, { queue: flags.queue });
    const states = await computeOf(opened).states(pilots.flatMap(({ runId }) => runId ?? []));
    const runs = new Map(states.map((run) => [run.runId, run]));
    process.stdout.write(
      formatColumns(
        ['PILOT', 'QUEUE', 'STATE', 'HOST', 'JOBS', 'SINCE', 'RUN'],
        pilots.map((pilot) => [
          String(pilot.pilotRunId),
          pilot.queue,
          runs.get(pilot.runId ?? '')?.state ?? 'lost',
          pilot.host,
          pilot.jobIds.join(' ') || null,
          formatInstant(pilot.startedAt ?? pilot.createdAt),
          pilot.runId,
        ]),
      ),
    );
  } finally {
    await opened.close();
  }
}

async function stop(open: OpenCore, number: string | undefined, flags: StopFlags): Promise<void> {
  const { noteNeverStarted, stopPilots } = await import('../panda/factory/stop-pilots.ts');
  if (number !== undefined && !/^\d{1,15}$/.test(number)) throw noSuchPilot(number);
  const pilotRunId = number === undefined ? undefined : Number(number);
  const opened = await open(installationOf(flags));
  try {
    const compute = computeOf(opened);
    compute.onChange('panda', noteNeverStarted);
    const context = { db: opened.db, audit: createAudit(), compute };
    const { queue, now } = flags;
    const asked = await stopPilots(context, commandLineActor(), { queue, pilotRunId, now });
    if (number !== undefined && asked.length === 0) throw noSuchPilot(number);
    const runIds = asked.flatMap(({ runId }) => runId ?? []);
    await untilEnded(compute, runIds);
    const states = new Map((await compute.states(runIds)).map((run) => [run.runId, run.state]));
    const here = new Set(await compute.haltHere(runIds));
    for (const pilot of asked) {
      const state = states.get(pilot.runId ?? '');
      // The books are closed by a server, when one is up.
      const isOver = state !== 'ending' || (!here.has(pilot.runId ?? '') && isOurs(pilot.host));
      process.stdout.write(`${pilot.pilotRunId} ${pilot.queue} ${isOver ? 'ended' : 'asked to end'}\n`);
    }
    if (asked.length === 0) process.stdout.write('No pilot of this server is up.\n');
  } finally {
    await opened.close();
  }
}

/** Until nothing of these runs goes on here, or their time is up. */
async function untilEnded(compute: Compute, runIds: readonly string[]): Promise<void> {
  const until = Date.now() + longestMs;
  while (Date.now() < until) {
    const going = await compute.haltHere(runIds);
    if (going.length === 0) return;
    await pause(300);
  }
}

function isOurs(host: string | null): boolean {
  return host === null || host === hostname();
}

/** Runs are read and ended by it, and none is started. */
function computeOf({ db, config, log }: Pick<Opened, 'db' | 'config' | 'log'>): Compute {
  const { local } = config.compute;
  return createCompute({ db, log, dataDir: path.resolve(config.data), processId: 'orrery cli', local });
}

function noSuchPilot(number: string): AppError {
  return new AppError(
    'missing',
    'cli.pilot-unknown',
    `No pilot ${number.slice(0, 40)} of this server is up.`,
    {
      next: 'See "orrery panda pilots list".',
    },
  );
}
