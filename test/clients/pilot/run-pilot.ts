import { spawn } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fixedScripts, type PilotSources } from './sources.ts';

/** One run of the real pilot. */
export interface PilotRun {
  sources: PilotSources;
  /** A new folder of its own. */
  folder: string;
  server: string;
  /** The same by plain HTTP. */
  plainServer: string;
  queue: string;
  /** API token with the role panda.pilot. */
  token: string;
  /** Value of the header Origin. */
  origin: string;
  /** Folder of the endpoint LOCAL_DATADISK. */
  storage: string;
  label?: string;
  /** Lines of its configuration that differ, by name. */
  config?: Record<string, string>;
  environment?: Record<string, string>;
  options?: readonly string[];
}

export interface PilotEnd {
  status: number | null;
  log: string;
}

/** A pilot ends about a minute after its job; a failed payload's log waits two minutes more. */
const longestMs = 420_000;

/**
 * Runs the pilot to its end in a process namespace of its own: at the end of a job it kills whatever belongs to its
 * user and has no parent, which would take the machine's own services down.
 */
export async function runPilot(run: PilotRun): Promise<PilotEnd> {
  await prepare(run);
  const script = path.join(run.folder, 'run.sh');
  await writeFile(script, scriptOf(run));
  const child = spawn('unshare', ['--pid', '--fork', '--mount-proc', '--kill-child', 'bash', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: longestMs,
    killSignal: 'SIGKILL',
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
  }
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { status, log };
}

async function prepare({
  sources,
  folder,
  server,
  token,
  storage,
  config,
  plainServer,
}: PilotRun): Promise<void> {
  await cp(sources.folder, path.join(folder, 'pilot3'), { recursive: true });
  await mkdir(path.join(folder, 'auth'), { recursive: true });
  await mkdir(path.join(folder, 'work'), { recursive: true });
  await writeFile(path.join(folder, 'auth', 'pilot_token'), token);
  await writeFile(path.join(folder, 'ddmendpoints.json'), JSON.stringify(endpoints(storage)));
  const { host, port } = fixedScripts;
  const { hostname, port: ourPort } = new URL(plainServer);
  await writeFile(
    path.join(folder, '.curlrc'),
    `insecure\nconnect-to = "${host}:${port}:${hostname}:${ourPort}"\n`,
  );
  const changed: Record<string, string> = {
    pandaserver: server,
    iddsserver: server,
    queues_url: `${server}/cache/schedconfig/{pandaqueue}.full.json`,
    storages_url: `${server}/cache/ddmendpoints.json`,
    update_sleep: '5',
    ...config,
  };
  const text = await readFile(path.join(folder, 'pilot3/pilot/util/default.cfg'), 'utf8');
  const lines = text.split('\n').map((line) => {
    const name = /^(\w+):/.exec(line)?.[1] ?? '';
    return Object.hasOwn(changed, name) ? `${name}: ${changed[name]}` : line;
  });
  await writeFile(path.join(folder, 'pilot.cfg'), lines.join('\n'));
}

function endpoints(storage: string) {
  const protocol = [{ endpoint: 'file://localhost', flavour: 'POSIX', id: 1, path: `${storage}/` }];
  const arprotocols = { read_lan: protocol, write_lan: protocol, write_wan: protocol };
  const names = { name: 'LOCAL_DATADISK', site: 'LOCALSITE', type: 'DATADISK', state: 'ACTIVE', token: '' };
  return {
    LOCAL_DATADISK: { id: 1, ...names, is_deterministic: true, arprotocols, rprotocols: {}, resource: {} },
  };
}

function scriptOf({
  sources,
  folder,
  server,
  queue,
  origin,
  label = 'user',
  environment = {},
  options = [],
}: PilotRun): string {
  const variables = {
    PILOT_NOKILL: '1',
    HARVESTER_PILOT_CONFIG: `${folder}/pilot.cfg`,
    PANDA_AUTH_TOKEN: 'pilot_token',
    PANDA_AUTH_ORIGIN: origin,
    PANDA_AUTH_DIR: `${folder}/auth/`,
    PANDA_BASE_URLS: `${server}/trf`,
    RUCIO_LOCAL_SITE_ID: 'LOCALSITE',
    CURL_HOME: folder,
    ...environment,
  };
  const flags = [
    ...['--pilot-user', 'generic', '-w', 'generic', '-q', queue, '-a', `${folder}/work`, '-d', '-j', label],
    ...['--url', server, '--queuedata-url', `${server}/cache/schedconfig/${queue}.all.json`],
    ...['--storagedata-url', `${folder}/ddmendpoints.json`, '-t', '--use-rucio-traces', 'False'],
    ...['--cleanup', 'False', '-i', 'PR', ...(sources.knowsNoCvmfs ? ['-b'] : []), ...options],
  ];
  const exports = Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`);
  return [
    'set -u',
    ...exports,
    'unset X509_USER_PROXY HARVESTER_WORKDIR',
    `cd ${quoted(`${folder}/pilot3`)}`,
    `exec ${[sources.python, 'pilot.py', ...flags].map(quoted).join(' ')}`,
    '',
  ].join('\n');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
