import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { orrery, root, type ServedProcess, serve } from '../../support/orrery.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import type { Client } from '../run.ts';
import { type FactoryScenario, factoryScenarios } from './factory.ts';
import { type JobSeen, type Place, readJob } from './place.ts';
import { type PilotEnd, runPilot } from './run-pilot.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { fixedScripts, type PilotSources, pilotSources } from './sources.ts';
import { type TlsFront, tlsFront } from './tls-front.ts';

const here = path.join(root, 'test/clients/pilot');
/** Pilots are quiet for most of their minutes: this many at a time fit two cores. */
const atOnce = 8;

interface World extends Place {
  folder: string;
  sources: PilotSources;
  front: TlsFront;
  pilotToken: string;
  /** `orrery` on the server's data; its standard output. */
  command(...args: string[]): Promise<string>;
}

/** The real PanDA pilot, run to the end of its jobs. */
export async function* pilotClients(): AsyncGenerator<Client> {
  let sources: PilotSources;
  try {
    sources = await pilotSources();
    await promisify(execFile)('unshare', ['--pid', '--fork', '--mount-proc', 'true']);
  } catch (error) {
    const fault = `a pilot (ORRERY_PILOT3, or panda-pilot of PyPI), python3 with venv and a process namespace of its own are needed: ${String(error)}`;
    for (const { name } of [...scenarios, ...factoryScenarios])
      yield { name, fault, seconds: 0, skipped: { isExcused: false } };
    return;
  }
  process.stdout.write(`pilot ${sources.version}\n`);
  const { folder, remove } = await scratchFolder('clients');
  const servers: ServedProcess[] = [];
  let front: TlsFront | undefined;
  let world: World | undefined;
  try {
    const it = await start(sources, folder, servers);
    world = it;
    front = it.front;
    yield* together([...scenarios, ...factoryScenarios].map((scenario) => () => play(it, scenario)));
  } finally {
    await front?.stop();
    // A pilot outlives its server.
    await world?.command('panda', 'pilots', 'stop', '--now');
    for (const server of servers.reverse()) await server.stop();
    await remove();
  }
}

/** Some at a time; each is given out when it has ended. */
async function* together<R>(items: readonly (() => Promise<R>)[]): AsyncGenerator<R> {
  const waiting = [...items];
  const running = new Map<number, Promise<[number, R]>>();
  let n = 0;
  while (waiting.length > 0 || running.size > 0) {
    while (running.size < atOnce && waiting.length > 0) {
      const [id, run] = [n++, waiting.shift() as () => Promise<R>];
      running.set(
        id,
        run().then((result) => [id, result]),
      );
    }
    const [id, result] = await Promise.race(running.values());
    running.delete(id);
    yield result;
  }
}

async function start(sources: PilotSources, folder: string, servers: ServedProcess[]): Promise<World> {
  const data = ['--data', path.join(folder, 'data')];
  const { host, port, path: scripts } = fixedScripts;
  const settings = [
    'http.trustedProxies=127.0.0.1',
    `http.allowedHosts=${host}`,
    `panda.factory.pilot3.folder=${sources.folder}`,
    `panda.factory.pilot3.python=${sources.python}`,
    'panda.factory.heartbeatSeconds=5',
  ];
  const names = settings.flatMap((setting) => ['--set', setting]);
  const server = await serve(['--port', '0', '--with', 'panda', '--log-level', 'warn', ...names, ...data]);
  servers.push(server);
  const front = await tlsFront(server.address, folder);
  const storage = path.join(folder, 'storage');
  await mkdir(storage, { recursive: true });
  const command = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await orrery([...args, ...data]);
    if (code !== 0) throw new Error(`orrery ${args.join(' ')}: ${stdout}${stderr}`);
    return stdout.trim();
  };
  await command('user', 'add', 'pilots', '--role', 'panda.pilot');
  const pilotToken = await command(
    'token',
    'create',
    '--user',
    'pilots',
    '--role',
    'panda.pilot',
    '--vo',
    'local',
  );
  const api = apiOf(server.address, await command('token', 'create', '--user', 'admin'));
  const script = (base: string): string =>
    sources.knowsBaseUrls ? `${base}/trf/user` : `http://${host}:${port}${scripts}`;
  return {
    server: server.address,
    secure: front.address,
    storage,
    template: JSON.parse(await readFile(path.join(here, 'job.json'), 'utf8')) as Record<string, unknown>,
    transformation: `${script(server.address)}/runLocal-00-00-01`,
    secureTransformation: `${script(front.address)}/runLocal-00-00-01`,
    generic: `${script(server.address)}/runGen-00-00-02`,
    folder,
    sources,
    front,
    pilotToken,
    command,
    seen: (jobId) => readJob(api, jobId),
    until: (...wish) => untilJob(api, ...wish),
    async kill(jobId) {
      await api('POST', '/api/v1/job/kill', { job_ids: [jobId] });
    },
  };
}

type Api = (method: string, address: string, body?: object) => Promise<unknown>;

/** Calls in the name of whom the token is for. */
function apiOf(server: string, token: string): Api {
  return async (method, address, body) => {
    const answer = await fetch(`${server}${address}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    if (!answer.ok) throw new Error(`${method} ${address}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
}

async function untilJob(
  api: Api,
  jobId: number,
  states: readonly string[],
  timeoutMs: number,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const { status } = await readJob(api, jobId);
    if (states.includes(status)) return;
    if (Date.now() > end) throw new Error(`job ${jobId} is ${status} and not ${states.join(' or ')}`);
    await sleep(250);
  }
}

async function play(world: World, scenario: Scenario | FactoryScenario): Promise<Client> {
  const { name } = scenario;
  const startedAt = performance.now();
  const ended: { end?: PilotEnd } = {};
  let fault: string | null = null;
  try {
    await ('factory' in scenario ? runInFactory(world, scenario) : runScenario(world, scenario, ended));
  } catch (error) {
    fault = error instanceof Error ? error.message : String(error);
    process.stdout.write(`${ended.end?.log ?? ''}\n`);
  }
  return { name, fault, seconds: (performance.now() - startedAt) / 1000 };
}

/** The server starts the pilot: nothing but a queue and jobs. */
async function runInFactory(world: World, { name, factory, check }: FactoryScenario): Promise<void> {
  const queue = `FACTORY_${name.replace(/\W+/g, '_').slice(0, 30).toUpperCase()}`;
  const folder = path.join(world.folder, queue);
  await mkdir(folder, { recursive: true });
  await putQueue(world, folder, queue, { pilotFactory: { backend: 'local', pilot: 'pilot3', ...factory } });
  const submit = async (job: object): Promise<number> => {
    const file = path.join(folder, 'job.json');
    await writeFile(file, JSON.stringify(job));
    const printed = await world.command('panda', 'job', 'submit', file, '--queue', queue);
    return Number(printed.split('\n').at(-1));
  };
  await check({ ...world, storage: path.join(world.folder, 'data', 'storage'), queue, submit });
}

const finals = ['finished', 'failed', 'cancelled', 'closed'];

async function runScenario(world: World, scenario: Scenario, ended: { end?: PilotEnd }): Promise<void> {
  const {
    name,
    queue: wish,
    label,
    config,
    environment = {},
    options,
    https = false,
    meanwhile,
    check,
  } = scenario;
  const queue = `TEST_${name.replace(/\W+/g, '_').slice(0, 30).toUpperCase()}`;
  const folder = path.join(world.folder, queue);
  await mkdir(folder, { recursive: true });
  await putQueue(world, folder, queue, wish);
  const jobIds: number[] = [];
  for (const [n, job] of (await scenario.jobs(world)).entries()) {
    const file = path.join(folder, `job-${n}.json`);
    await writeFile(file, JSON.stringify(job));
    const printed = await world.command('panda', 'job', 'submit', file, '--queue', queue);
    jobIds.push(Number(printed.split('\n').at(-1)));
  }
  const pilot = runPilot({
    sources: world.sources,
    folder,
    server: https ? world.secure : world.server,
    plainServer: world.server,
    queue,
    token: world.pilotToken,
    origin: 'local.pilot',
    storage: world.storage,
    options: options?.(world) ?? [],
    environment: { ...environment, ...(https ? { SSL_CERT_FILE: world.front.certificate } : {}) },
    ...(label === undefined ? {} : { label }),
    ...(config === undefined ? {} : { config }),
  });
  const [end] = await Promise.all([pilot, meanwhile?.(world, jobIds)]);
  ended.end = end;
  for (const jobId of jobIds) await world.until(jobId, finals, 20_000);
  const jobs: JobSeen[] = [];
  for (const jobId of jobIds) jobs.push(await world.seen(jobId));
  await check(world, jobs, end);
}

async function putQueue(world: World, folder: string, queue: string, wish: Scenario['queue']): Promise<void> {
  const document = JSON.parse(await readFile(path.join(here, 'queue.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  const { catchall = '', timefloor = 0, pilotFactory } = wish;
  const own = {
    nickname: queue,
    panda_resource: queue,
    timefloor,
    catchall: `${document.catchall} ${catchall}`.trim(),
    ...(pilotFactory === undefined ? {} : { pilotFactory }),
  };
  const file = path.join(folder, 'queue.json');
  await writeFile(file, JSON.stringify({ ...document, ...own }));
  await world.command('panda', 'queue', 'put', file);
}
