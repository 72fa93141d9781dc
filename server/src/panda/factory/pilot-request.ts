import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ComputeRequest } from '../../core/compute/index.ts';
import type { Queue } from '../queues/queues.store.ts';
import type { PandaSettings } from '../settings.ts';
import { ourHarvester, schedulerIdOf } from './pilot-run.store.ts';

const program = fileURLToPath(new URL('../../pilot/main.ts', import.meta.url));
/** Says that the program's files are modules; nothing else of the server is shown to a pilot. */
const packageFile = fileURLToPath(new URL('../../../package.json', import.meta.url));

/** Of jobs of queues that do not say. */
const defaultMemoryMb = 4000;
const defaultWorkMb = 10_000;
const defaultWallSeconds = 86_400;
/** For the pilot itself, beside its job. */
const ownMemoryMb = 400;
const ownSeconds = 1800;
const processes = 1024;
/** A pilot waits for jobs at the server, so that one that comes meanwhile begins at once. */
const waitSeconds = 5;

export interface PilotPlace {
  server: string;
  /** Other addresses of the same server. */
  aliases: readonly string[];
  token: string;
  pilotRunId: number;
}

/** How long a pilot may live at most, seconds: what it may begin and the longest job. */
export function lifeSeconds(queue: Queue, { lifetimeSeconds }: PandaSettings['factory']): number {
  return lifetimeSeconds + positive(queue.document.maxtime, defaultWallSeconds) + ownSeconds;
}

/** Our own pilot as a run of the computer: its program, a token, and room for one job at a time. */
export function pilotRequest(
  queue: Queue,
  settings: PandaSettings['factory'],
  place: PilotPlace,
): ComputeRequest {
  const common = pilotRun(queue, settings, place);
  return {
    ...common,
    command: [process.execPath, program, ...flagsOf(queue, settings, place, memoryOf(queue))],
    environment: {},
    inputs: [{ path: 'token', content: Buffer.from(place.token) }],
    readable: ownProgram(),
  };
}

/** MB for the job of a pilot. */
function memoryOf({ document }: Queue): number {
  return positive(document.pilotFactory?.memoryMb, positive(document.maxrss, defaultMemoryMb));
}

/** What holds for whatever pilot: whose run it is, where, and its limits. */
export function pilotRun(
  queue: Queue,
  settings: PandaSettings['factory'],
  place: PilotPlace,
): Pick<ComputeRequest, 'owner' | 'fairKey' | 'backend' | 'limits'> {
  return {
    owner: { module: 'panda', kind: 'pilot', id: String(place.pilotRunId) },
    fairKey: `panda queue ${queue.queue}`,
    backend: queue.document.pilotFactory?.backend ?? 'local',
    limits: {
      memoryMb: memoryOf(queue) + ownMemoryMb,
      processes,
      wallSeconds: lifeSeconds(queue, settings),
      outputMb: positive(queue.document.maxwdir, defaultWorkMb) + 500,
    },
  };
}

function flagsOf(
  queue: Queue,
  settings: PandaSettings['factory'],
  { server, aliases, pilotRunId }: PilotPlace,
  memoryMb: number,
): string[] {
  const values: Record<string, string | number> = {
    server,
    alias: aliases.join(','),
    queue: queue.queue,
    'token-file': 'token',
    work: 'work',
    idle: settings.idleSeconds,
    lifetime: settings.lifetimeSeconds,
    heartbeat: settings.heartbeatSeconds,
    'debug-heartbeat': Math.min(5, settings.heartbeatSeconds),
    poll: 1,
    wait: Math.min(waitSeconds, settings.idleSeconds),
    memory: memoryMb,
    'harvester-id': ourHarvester,
    'worker-id': pilotRunId,
    'scheduler-id': schedulerIdOf(pilotRunId),
    ...(queue.vo === null ? {} : { origin: `${queue.vo}.pilot` }),
  };
  const pairs = Object.entries(values).flatMap(([name, value]) =>
    value === '' ? [] : [`--${name}`, String(value)],
  );
  // Its isolation gives a run a user or processes of its own; the pilot looks whether that is so.
  return [...pairs, '--forget-token', '--sole-user'];
}

/** The programs of our own pilot, and Node unless every run sees it anyway. */
export function ownProgram(): string[] {
  const node = /^\/(usr|bin|opt)\//.test(process.execPath) ? [] : [process.execPath];
  return [path.dirname(program), packageFile, ...node];
}

/** The number of a document that is one above zero, else the other. */
export function positive(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : otherwise;
}
