import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { orrery, root, type ServedProcess, serve } from '../../support/orrery.ts';
import { pythonEnvironment } from '../../support/python.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import type { Client } from '../run.ts';

const here = path.join(root, 'test/clients/panda');
const queueFile = path.join(root, 'test/clients/pilot/queue.json');

/**
 * Releases: the last one that speaks the legacy protocol, by the program curl and by urllib, and those that speak v1, by
 * curl and by httpx.
 */
const releases: ReadonlyArray<{ name: string; version: string; env: Record<string, string> }> = [
  { name: '1.5.92', version: '1.5.92', env: {} },
  { name: '1.5.92 by urllib', version: '1.5.92', env: { PANDA_USE_NATIVE_HTTPLIB: '1' } },
  { name: '2.0.7', version: '2.0.7', env: {} },
  { name: '2.2.0', version: '2.2.0', env: {} },
];

/** What of the client needs the task engine, and is not run. */
const leftOut =
  'insertTaskParams, getTaskStatus, getTaskParamsMap, getPandaIDsWithTaskID, getJediTaskDetails, getJobIDsJediTasksInTimeRange, ' +
  'get_tasks_detailed_info_since, get_files_in_datasets, get_job_descriptions, kill, finish, retry, pause, resume, reactivate, ' +
  'reload_input and increase_attempt_nr of tasks; prun, pathena, phpo, pchain and pbook; workflows, iDDS, recovery of files, event ' +
  'picking; the device flow (a token is given)';

/** The job side of panda-client of PyPI, unmodified, against a new server with its own queue LOCAL and one without pilots. */
export async function* pandaClients(): AsyncGenerator<Client> {
  process.stdout.write(`left out: ${leftOut}\n`);
  const { folder, remove } = await scratchFolder('clients');
  let server: ServedProcess | undefined;
  try {
    const data = ['--data', path.join(folder, 'data')];
    server = await serve(['--port', '0', '--with', 'panda', '--log-level', 'warn', ...data]);
    const tokens = await prepare(folder, data);
    for (const { name, version, env } of releases) {
      let python: string;
      try {
        python = await pythonEnvironment(`panda-client-${version}`, [`panda-client==${version}`]);
      } catch (error) {
        const fault = `python3 with venv and PyPI are needed: ${String(error)}`;
        yield { name, fault, seconds: 0, skipped: { isExcused: false } };
        continue;
      }
      const place = path.join(folder, name.replaceAll(' ', '-'));
      await mkdir(place);
      yield await session(name, python, place, tokens, env, server);
    }
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

/** A queue that no pilot serves, and the tokens of two users and a production role. */
async function prepare(folder: string, data: readonly string[]): Promise<string[]> {
  const queue = JSON.parse(await readFile(queueFile, 'utf8')) as Record<string, unknown>;
  const file = path.join(folder, 'queue.json');
  await writeFile(file, JSON.stringify(queue));
  await command('panda', 'queue', 'put', file, ...data);
  const tokens: string[] = [];
  for (const [user, role] of [
    ['tester', 'user'],
    ['stranger', 'user'],
    ['producer', 'panda.production'],
  ] as const) {
    await command('user', 'add', user, '--role', role, ...data);
    tokens.push(await command('token', 'create', '--user', user, '--vo', 'local', ...data));
  }
  return tokens;
}

async function session(
  name: string,
  python: string,
  place: string,
  tokens: readonly string[],
  more: Record<string, string>,
  { address, output }: ServedProcess,
): Promise<Client> {
  process.stdout.write(`==== ${name}\n`);
  const before = output.stderr.length;
  const startedAt = performance.now();
  const url = `${address}/server/panda`;
  const env = {
    ...{ PATH: process.env.PATH ?? '', HOME: place, LANG: 'C.UTF-8', PYTHONDONTWRITEBYTECODE: '1' },
    ...{ PANDA_URL: url, PANDA_URL_SSL: url, PANDACACHE_URL: url, PANDA_CONFIG_ROOT: place },
    ...{ PANDA_AUTH: 'oidc', PANDA_AUTH_VO: 'local', PANDA_VERIFY_HOST: 'off', PANDA_BEHIND_REAL_LB: '1' },
    ...more,
  };
  const script = path.join(here, 'panda_session.py');
  const child = spawn(python, [script, place, ...tokens], { stdio: 'inherit', timeout: 300_000, env });
  const end = await new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (status, signal) => resolve(String(signal ?? status)));
  });
  const seconds = (performance.now() - startedAt) / 1000;
  if (end === '0') return { name, fault: null, seconds };
  process.stdout.write(output.stderr.slice(before));
  return { name, fault: `it ended with ${end}`, seconds };
}
