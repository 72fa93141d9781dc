import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ComputeRequest } from '../../../core/compute/index.ts';
import type { Queue } from '../../queues/queues.store.ts';
import { flatQueue } from '../../queues/queues.wire.ts';
import type { PandaSettings } from '../../settings.ts';
import { lifeSeconds, ownProgram, type PilotPlace, pilotRun } from '../pilot-request.ts';
import { ourHarvester, schedulerIdOf } from '../pilot-run.store.ts';
import type { Pilot3 } from './checkout.ts';

type Factory = PandaSettings['factory'];

const launcher = readFileSync(new URL('./start.sh', import.meta.url));
const mover = fileURLToPath(new URL('../../../pilot/rucio.ts', import.meta.url));

/** Where a run with namespaces finds its work folder; others do not get pilot3. */
const home = '/job';
/** Where pilot3 3.7 takes transformations from, whatever it is told. */
const fixedScripts = 'pandaserver-doma.cern.ch:25080';
/** Between two questions for a job that were in vain, seconds (pilot3 3.11.5.1, get_job_retrieval_delay). */
const betweenQuestions = 60;
/** For the end of its last job before the run is over. */
const endSeconds = 300;

/**
 * pilot3 as a run of the computer: a copy of its checkout, a queue and a configuration that lead it to this server,
 * and a mover of files that goes through the server, as the folders of endpoints cannot be seen from the run.
 */
export function pilot3Request(
  queue: Queue,
  settings: Factory,
  pilot3: Pilot3,
  endpoints: readonly string[],
  place: PilotPlace,
): ComputeRequest {
  const flags = flagsOf(queue, settings, pilot3, place);
  return {
    ...pilotRun(queue, settings, place),
    command: ['sh', './start.sh', pilot3.python, pilot3.folder, ...flags],
    environment: {
      PILOT_NOKILL: '1',
      HARVESTER_PILOT_CONFIG: `${home}/pilot.cfg`,
      HARVESTER_ID: ourHarvester,
      HARVESTER_WORKER_ID: String(place.pilotRunId),
      PANDA_JSID: schedulerIdOf(place.pilotRunId),
      PANDA_AUTH_TOKEN: 'pilot_token',
      PANDA_AUTH_ORIGIN: `${queue.vo ?? 'local'}.pilot`,
      PANDA_AUTH_DIR: `${home}/auth/`,
      PANDA_BASE_URLS: [place.server, ...place.aliases].map((address) => `${address}/trf`).join(','),
      RUCIO_LOCAL_SITE_ID: queue.site,
      ORRERY_SERVER: place.server,
    },
    inputs: [
      { path: 'start.sh', content: launcher },
      { path: 'auth/pilot_token', content: Buffer.from(place.token) },
      { path: 'pilot.cfg', content: Buffer.from(configFor(pilot3.config, place.server, settings)) },
      { path: 'queuedata.json', content: Buffer.from(JSON.stringify(queueFor(queue, settings, endpoints))) },
      { path: 'bin/rucio', content: Buffer.from(rucio), executable: true },
      { path: '.curlrc', content: Buffer.from(pilot3.knowsBaseUrls ? '' : redirect(place.server)) },
    ],
    readable: [...ownProgram(), ...pilot3.readable],
  };
}

const rucio = `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(mover)} "$@"\n`;

function flagsOf(queue: Queue, settings: Factory, pilot3: Pilot3, { server }: PilotPlace): string[] {
  const values: [string, string | number][] = [
    ['--pilot-user', 'generic'],
    ['-w', 'generic'],
    ['-i', 'PR'],
    ['-j', 'unified'],
    ['-q', queue.queue],
    ['-a', `${home}/work`],
    ['--url', server],
    ['--queuedata-url', `${home}/queuedata.json`],
    ['--storagedata-url', `${server}/cache/ddmendpoints.json`],
    ['--use-rucio-traces', 'False'],
    ['--lifetime', lifeSeconds(queue, settings) - endSeconds],
    // One question more than it may wait; it asks after each job as well.
    ['-x', 1 + Math.floor(settings.idleSeconds / betweenQuestions)],
    ['-v', 10_000],
  ];
  return [...values.flat().map(String), '-t', ...(pilot3.knowsNoCvmfs ? ['-b'] : [])];
}

/**
 * The queue as this pilot is to see it: files are moved by the copytool `objectstore`, the one that moves both ways
 * without asking a Rucio server, by whatever kind of address the endpoint has; and it takes jobs for the lifetime of
 * pilots (`timefloor`, in minutes), where the queue does not say how long.
 */
export function queueFor(
  queue: Queue,
  { lifetimeSeconds }: Factory,
  endpoints: readonly string[],
): Record<string, unknown> {
  const flat = flatQueue(queue);
  const tools = ['objectstore'];
  const activities = ['pr', 'pw', 'pl', 'read_lan', 'write_lan', 'default'];
  const timefloor = Number(flat.timefloor) > 0 ? flat.timefloor : Math.ceil(lifetimeSeconds / 60);
  return {
    maxinputsize: -1,
    ...flat,
    timefloor,
    // The token is good for as long as the pilot may live; a renewed one nobody would end with it.
    catchall: `${flat.catchall ?? ''} no_token_renewal`.trim(),
    copytools: { objectstore: {} },
    acopytools: Object.fromEntries(activities.map((name) => [name, tools])),
    acopytools_schemas: { default: ['file', 'https', 'http', 'root', 'davs', 's3'] },
    astorages: flat.astorages ?? Object.fromEntries(activities.map((name) => [name, endpoints])),
    // Inputs are copied: what the run does not see cannot be read in place.
    direct_access_lan: false,
    direct_access_wan: false,
  };
}

/** Its own configuration with every address of a public server replaced, and our pauses. */
export function configFor(text: string, server: string, { heartbeatSeconds }: Factory): string {
  const values = new Map<string, string>([
    ['pandaserver', server],
    ['iddsserver', server],
    ['queuedata_url', `${server}/cache/schedconfig/{pandaqueue}.all.json`],
    ['queues_url', `${server}/cache/schedconfig/{pandaqueue}.full.json`],
    ['storages_url', `${server}/cache/ddmendpoints.json`],
    ['heartbeat', String(heartbeatSeconds)],
    ['debug_heartbeat', String(Math.min(5, heartbeatSeconds))],
    ['update_sleep', '5'],
  ]);
  const lines = text.split('\n').map((line) => {
    const name = /^(\w+):/.exec(line)?.[1] ?? '';
    const value = values.get(name);
    return value === undefined ? line : `${name}: ${value}`;
  });
  return lines.join('\n');
}

/** For curl, so that nothing is fetched from the public server whose address an older pilot insists on. */
function redirect(server: string): string {
  const { hostname, port, protocol } = new URL(server);
  return `connect-to = "${fixedScripts}:${hostname}:${port || (protocol === 'https:' ? '443' : '80')}"\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
