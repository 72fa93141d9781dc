import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import {
  chmod,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { connect } from '../connect.ts';
import { type Account, chooseAccount, othersMayReach } from './account.ts';
import { copyBinaries, findBinaries, linkLibraries } from './binaries.ts';
import { asFolderProblem, chooseSocketDir, giveTo, readPassword } from './folder.ts';
import { clearRemains, countMembers, isRunning, join, stopPostmaster } from './postmaster.ts';
import { postgresSettings } from './settings.ts';

/** The embedded PostgreSQL of a data folder, as one member among the processes that share it. */
export interface EmbeddedServer {
  readonly socketDir: string;
  readonly password: string;
  /** Leaves; PostgreSQL stops when this was the last member, and then this waits for it. */
  stop(): Promise<void>;
}

interface Cluster {
  folder: string;
  members: string;
  socketDir: string;
  password: string;
  binaries: string;
  account: Account;
  logFile: string;
}

/** Given to the shell as text: PostgreSQL's own account may not be able to reach the checkout. */
const keeper = readFileSync(new URL('./keeper.sh', import.meta.url), 'utf8');

/**
 * Makes sure that PostgreSQL runs in `dataDir`, and goes on making sure until `stop`: whichever process finds
 * it gone starts it again, and PostgreSQL's own lock file lets exactly one of them win.
 */
export async function startEmbedded(dataDir: string, log: Log): Promise<EmbeddedServer> {
  const data = path.resolve(dataDir);
  const cluster = await prepare(data, log).catch((error: unknown) => {
    throw asFolderProblem(data, error);
  });
  const leave = await join(cluster.members);
  let stopping = false;
  let child: ChildProcess | undefined;
  const keep = async (): Promise<void> => {
    for (let tries = 1; ; tries++) {
      if (!isRunning(cluster.folder)) {
        await clearRemains(cluster.folder);
        child = await launch(cluster);
      }
      const starting = child;
      const failure = await untilReady(cluster, () => starting === undefined || hasEnded(starting));
      if (failure === undefined) return;
      if (tries >= 5) throw failure;
      await sleep(200);
    }
  };
  let watch: NodeJS.Timeout | undefined;
  const stop = async (): Promise<void> => {
    stopping = true;
    clearInterval(watch);
    await leave();
    (child?.stdio[3] as { destroy(): void } | undefined)?.destroy();
    await untilStopped(cluster);
  };
  await keep().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  let keeping = false;
  watch = setInterval(() => {
    if (stopping || keeping || isRunning(cluster.folder)) return;
    if (child !== undefined && !hasEnded(child)) return;
    log.warn('PostgreSQL is gone and is started again');
    child = undefined;
    keeping = true;
    keep()
      .catch((error: unknown) => log.error({ err: error }, 'PostgreSQL could not be started again'))
      .finally(() => {
        keeping = false;
      });
  }, 250);
  watch.unref();
  return { socketDir: cluster.socketDir, password: cluster.password, stop };
}

/** Waits until PostgreSQL has stopped or somebody needs it. Where the keeper was killed as well, it is stopped here. */
async function untilStopped({ folder, members }: Cluster): Promise<void> {
  const patience = Date.now() + 5000;
  let asked = false;
  while (isRunning(folder) && (await countMembers(members)) === 0) {
    if (!asked && Date.now() > patience) {
      asked = true;
      stopPostmaster(folder);
    }
    await sleep(20);
  }
}

async function prepare(dataDir: string, log: Log): Promise<Cluster> {
  let folder = path.join(dataDir, 'postgres');
  const run = path.join(dataDir, 'run');
  await mkdir(path.join(run, 'members'), { recursive: true, mode: 0o755 });
  let binaries = findBinaries();
  await linkLibraries(binaries);
  let account = chooseAccount([dataDir]);
  if (account === undefined) {
    folder = await elsewhere(folder);
    log.warn({ folder }, 'PostgreSQL cannot reach the data folder; its files are kept in another place');
    account = chooseAccount([folder]);
  }
  if (account === undefined) {
    throw new AppError(
      'internal',
      'db.embedded-unreachable',
      'PostgreSQL refuses to run as root, and no other account can be used here.',
      {
        next: 'Start as an ordinary user, or set ORRERY_DATABASE_URL to a PostgreSQL server.',
      },
    );
  }
  if (account.kind === 'other' && !othersMayReach(binaries))
    binaries = await copyBinaries(binaries, path.join(dataDir, 'run'));
  const socketDir = await chooseSocketDir(run, account);
  const password = await readPassword(path.join(dataDir, 'postgres.password'));
  const logFile = path.join(run, 'postgres.log');
  await giveTo(account, await touched(logFile));
  const cluster: Cluster = {
    folder,
    members: path.join(run, 'members'),
    socketDir,
    password,
    binaries,
    account,
    logFile,
  };
  if (!existsSync(path.join(folder, 'PG_VERSION'))) await initialise(cluster);
  return cluster;
}

/** Where the files go when the data folder lies below a folder closed to every other account. */
async function elsewhere(folder: string): Promise<string> {
  const known = await readlink(folder).catch((error: NodeJS.ErrnoException) => error.code);
  if (known === 'EINVAL') return folder; // a folder of its own, from before
  if (known !== undefined && known !== 'ENOENT') return known;
  const place = path.join('/var/lib/orrery', randomBytes(6).toString('hex'), 'postgres');
  await mkdir(path.dirname(place), { recursive: true, mode: 0o755 });
  await symlink(place, folder);
  return place;
}

async function touched(file: string): Promise<string> {
  await (await open(file, 'a', 0o600)).close();
  return file;
}

const attempt = 'postgres-new-';

/** Makes a new cluster beside its final place and moves it there, so that a killed attempt leaves nothing. */
async function initialise(cluster: Cluster): Promise<void> {
  const { account, folder } = cluster;
  await clearAttempts(path.dirname(folder));
  const parent = await mkdtemp(path.join(path.dirname(folder), attempt));
  await chmod(parent, 0o755);
  await giveTo(account, parent);
  const target = path.join(parent, 'cluster');
  const passwordFile = path.join(parent, 'password');
  await writeFile(passwordFile, cluster.password, { mode: 0o600 });
  await giveTo(account, passwordFile);
  try {
    await runTool(cluster, 'initdb', [
      ...['--pgdata', target, '--username', 'orrery', '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
      ...['--encoding', 'UTF8', '--locale', 'C', '--no-instructions'],
    ]);
    await rename(target, folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}

/** Removes what killed attempts left, not those that another process may be making now. */
async function clearAttempts(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(attempt)) continue;
    const { mtimeMs = Date.now() } = (await stat(path.join(folder, name)).catch(() => undefined)) ?? {};
    if (Date.now() - mtimeMs > 600_000) await rm(path.join(folder, name), { recursive: true, force: true });
  }
}

function command(cluster: Cluster, program: string, args: readonly string[]): [string, string[], object] {
  const file = path.join(cluster.binaries, 'bin', program);
  const { account } = cluster;
  const options = {
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    cwd: path.parse(cluster.folder).root,
    ...(account.kind === 'other' ? { uid: account.uid, gid: account.gid } : {}),
  };
  if (account.kind === 'namespace') {
    const [first, ...rest] = account.prefix as [string, ...string[]];
    return [first, [...rest, file, ...args], options];
  }
  return [file, [...args], options];
}

async function runTool(cluster: Cluster, program: string, args: readonly string[]): Promise<void> {
  const [file, all, options] = command(cluster, program, args);
  const child = spawn(file, all, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (status !== 0) {
    throw new AppError('internal', 'db.embedded-failed', `${program} failed: ${complaint.trim()}`, {
      next: 'See the reason above; an external PostgreSQL can be used with ORRERY_DATABASE_URL.',
    });
  }
}

async function launch(cluster: Cluster): Promise<ChildProcess> {
  const settings = Object.entries(postgresSettings(cluster.socketDir)).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const [file, args, options] = command(cluster, 'postgres', ['-D', cluster.folder, ...settings]);
  const logHandle = await open(cluster.logFile, 'a');
  const child = spawn('/bin/sh', ['-c', keeper, 'orrery-keeper', cluster.members, file, ...args], {
    ...options,
    detached: true,
    stdio: ['ignore', logHandle.fd, logHandle.fd, 'pipe'],
  });
  child.on('error', () => {});
  child.unref();
  (child.stdio[3] as { unref?(): void } | undefined)?.unref?.();
  await logHandle.close();
  return child;
}

function hasEnded(child: ChildProcess | undefined): boolean {
  return child !== undefined && (child.exitCode !== null || child.signalCode !== null);
}

/**
 * Waits until PostgreSQL answers; while it recovers after a kill that may take long. Returns why it will not:
 * the process that was started has ended, and no other one runs.
 */
async function untilReady(cluster: Cluster, hasFailed: () => boolean): Promise<AppError | undefined> {
  let silentSince = Date.now();
  for (;;) {
    try {
      await ask(cluster);
      return undefined;
    } catch (error) {
      if (/^28/.test((error as { code?: string }).code ?? '')) throw passwordForeign(cluster, error);
      if (isRunning(cluster.folder)) silentSince = Date.now();
      else if (hasFailed() || Date.now() - silentSince > 10_000) return notStarted(cluster, error);
      await sleep(15);
    }
  }
}

const answerMs = 10_000;

/**
 * One question on a connection of its own, with a limit: a server that is killed while it takes a connection may
 * leave it open without ever answering, and then nobody would start PostgreSQL again.
 */
async function ask(cluster: Cluster): Promise<void> {
  const sql = connect({
    socketDir: cluster.socketDir,
    password: cluster.password,
    database: 'postgres',
    max: 1,
    prepare: false,
    name: 'orrery start',
  });
  const limit = new AbortController();
  const late = sleep(answerMs, undefined, { signal: limit.signal }).then(() => {
    throw new AppError('busy', 'db.unreachable', 'PostgreSQL does not answer.');
  });
  const ensureDatabase = async () => {
    const found = await sql`select 1 from pg_database where datname = 'orrery'`;
    if (found.length === 0) await sql`create database orrery`.catch(ignoreDuplicate);
  };
  try {
    await Promise.race([ensureDatabase(), late]);
  } finally {
    limit.abort();
    late.catch(() => {});
    await sql.end({ timeout: 0 });
  }
}

function passwordForeign(cluster: Cluster, cause: unknown): AppError {
  const file = path.join(path.dirname(path.dirname(cluster.members)), 'postgres.password');
  return new AppError(
    'conflict',
    'db.password-foreign',
    `The database does not take the password in ${file}.`,
    {
      next: 'Put back the file that was made with this data folder.',
      cause,
    },
  );
}

function notStarted(cluster: Cluster, cause: unknown): AppError {
  return new AppError('internal', 'db.embedded-failed', 'PostgreSQL did not start.', {
    next: `Read ${cluster.logFile}.`,
    cause,
  });
}

function ignoreDuplicate(error: { code?: string }): void {
  if (error.code !== '42P04' && error.code !== '23505') throw error;
}
