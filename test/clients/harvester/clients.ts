import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { orrery, root, type ServedProcess, serve } from '../../support/orrery.ts';
import { pythonEnvironment } from '../../support/python.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import type { Client } from '../run.ts';

const here = path.join(root, 'test/clients/harvester');
const pilot = path.join(root, 'test/clients/pilot');
const name = 'communicator';

/** What its communicator imports. */
const packages = ['requests', 'panda-common', 'pycryptodomex', 'psutil', 'pyjwt', 'rpyc'];

/**
 * The communicator of a real Harvester against a new server. ORRERY_HARVESTER names a checkout, or several by colons (one
 * of before 2025 speaks the older protocol): it is on no package registry.
 */
export async function* harvesterClients(): AsyncGenerator<Client> {
  const checkouts = (process.env.ORRERY_HARVESTER ?? '')
    .split(path.delimiter)
    .filter((folder) => folder !== '');
  const wrong = checkouts.find((folder) => !existsSync(path.join(folder, 'pandaharvester')));
  if (checkouts.length === 0 || wrong !== undefined) {
    const fault =
      'no package registry offers HSF/harvester; name a checkout of it with ORRERY_HARVESTER' +
      (wrong === undefined ? '' : ` (${wrong} has no pandaharvester)`);
    yield { name, fault, seconds: 0, skipped: { isExcused: wrong === undefined } };
    return;
  }
  let python: string;
  try {
    python = await pythonEnvironment('harvester', packages);
  } catch (error) {
    const fault = `python3 with venv and PyPI are needed: ${String(error)}`;
    yield { name, fault, seconds: 0, skipped: { isExcused: false } };
    return;
  }
  for (const checkout of checkouts) yield await session(python, checkout);
}

async function session(python: string, checkout: string): Promise<Client> {
  const { folder, remove } = await scratchFolder('clients');
  let server: ServedProcess | undefined;
  try {
    const data = ['--data', path.join(folder, 'data')];
    server = await serve(['--port', '0', '--with', 'panda', '--log-level', 'warn', ...data]);
    const { token, job } = await prepare(folder, data);
    const script = path.join(here, 'harvester_session.py');
    const end = await run(python, [script, checkout, server.address, token, folder, job], server);
    return { ...end, name: `${name} of ${path.basename(checkout)}` };
  } finally {
    await server?.stop();
    await remove();
  }
}

async function command(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await orrery(args);
  if (code !== 0) throw new Error(`orrery ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout.trim();
}

/** Two queues, a job that waits in one of them, and the file with the token of a Harvester that may do everything. */
async function prepare(folder: string, data: readonly string[]): Promise<{ token: string; job: string }> {
  const queue = JSON.parse(await readFile(path.join(pilot, 'queue.json'), 'utf8')) as Record<string, unknown>;
  const swept = { ...queue, nickname: 'SWEPT', panda_resource: 'SWEPT' };
  const manager = { pilot_manager: 'Harvester', harvester: 'session' };
  const served = { ...swept, ...manager, queues: [{ ce_endpoint: 'ce1.example.org' }] };
  for (const [at, description] of [queue, served].entries()) {
    const file = path.join(folder, `queue-${at}.json`);
    await writeFile(file, JSON.stringify(description));
    await command('panda', 'queue', 'put', file, ...data);
  }
  const job = JSON.parse(await readFile(path.join(pilot, 'job.json'), 'utf8')) as Record<string, unknown>;
  const file = path.join(folder, 'job.json');
  await writeFile(file, JSON.stringify({ ...job, computingSite: 'LOCALTEST' }));
  const submitted = await command('panda', 'job', 'submit', file, ...data);
  await command('user', 'add', 'harvester', '--role', 'panda.production', '--role', 'panda.pilot', ...data);
  const token = path.join(folder, 'token');
  await writeFile(token, await command('token', 'create', '--user', 'harvester', '--vo', 'local', ...data));
  return { token, job: submitted.split(/\s+/).at(-1) ?? '' };
}

async function run(program: string, args: readonly string[], server: ServedProcess): Promise<Client> {
  const before = server.output.stderr.length;
  const startedAt = performance.now();
  const child = spawn(program, args, { stdio: 'inherit', timeout: 120_000 });
  const end = await new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (status, signal) => resolve(String(signal ?? status)));
  });
  const seconds = (performance.now() - startedAt) / 1000;
  if (end === '0') return { name, fault: null, seconds };
  process.stdout.write(server.output.stderr.slice(before));
  return { name, fault: `ended with ${end}`, seconds };
}
