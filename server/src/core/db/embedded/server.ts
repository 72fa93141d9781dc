import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import {
  chmod,
  chown,
  copyFile,
  mkdir,
  mkdtemp,
  open,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { connect } from '../connect.ts';
import { type Account, chooseAccount, othersMayReach } from './account.ts';
import { copyBinaries, findBinaries, linkLibraries } from './binaries.ts';
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
  /** A copy in the data folder: PostgreSQL's own user may not be able to reach the checkout. */
  keeper: string;
  account: Account;
  logFile: string;
}

const keeperSource = fileURLToPath(new URL('./keeper.sh', import.meta.url));

/**
 * Makes sure that PostgreSQL runs in `dataDir`, and goes on making sure until `stop`: whichever process finds
 * it gone starts it again, and PostgreSQL's own lock file lets exactly one of them win.
 */
export async function startEmbedded(dataDir: string, log: Log): Promise<EmbeddedServer> {
  const cluster = await prepare(path.resolve(dataDir), log);
  const member = path.join(cluster.members, String(process.pid));
  await writeFile(member, '');
  let stopping = false;
  let child: ChildProcess | undefined;
  const keep = async (): Promise<void> => {
    for (let tries = 1; ; tries++) {
      if (!isRunning(cluster)) {
        await clearRemains(cluster);
        child = await launch(cluster);
      }
      const starting = child;
      const failure = await untilReady(cluster, () => hasEnded(starting));
      if (failure === undefined) return;
      if (tries >= 5) throw failure;
      await sleep(200);
    }
  };
  await keep();
  let keeping = false;
  const watch = setInterval(() => {
    if (stopping || keeping || isRunning(cluster)) return;
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
  return {
    socketDir: cluster.socketDir,
    password: cluster.password,
    async stop() {
      stopping = true;
      clearInterval(watch);
      await rm(member, { force: true });
      (child?.stdio[3] as { destroy(): void } | undefined)?.destroy();
      while (isRunning(cluster) && liveMembers(cluster).length === 0) await sleep(20);
    },
  };
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
  const keeper = path.join(run, 'keeper.sh');
  await copyFile(keeperSource, keeper);
  await chmod(keeper, 0o755);
  const logFile = path.join(run, 'postgres.log');
  await giveTo(account, await touched(logFile));
  const cluster: Cluster = {
    folder,
    members: path.join(run, 'members'),
    socketDir,
    password,
    binaries,
    keeper,
    account,
    logFile,
  };
  if (!existsSync(path.join(folder, 'PG_VERSION'))) await initialise(cluster);
  return cluster;
}

/** Where the files go when the data folder lies below a folder closed to every other account. */
async function elsewhere(folder: string): Promise<string> {
  if (existsSync(folder)) return readlinkSync(folder);
  const place = path.join('/var/lib/orrery', randomBytes(6).toString('hex'), 'postgres');
  await mkdir(path.dirname(place), { recursive: true, mode: 0o755 });
  await symlink(place, folder);
  return place;
}

/** Socket paths over 107 bytes are refused by the system: then a folder under the temporary directory is used. */
async function chooseSocketDir(run: string, account: Account): Promise<string> {
  const pointer = path.join(run, 'socket');
  const known = await readFile(pointer, 'utf8').catch(() => undefined);
  if (known !== undefined && existsSync(known)) return known;
  let folder = path.join(run, 'pg');
  if (Buffer.byteLength(path.join(folder, '.s.PGSQL.5432.lock')) > 107) {
    folder = await mkdtemp(path.join(tmpdir(), 'orrery-'));
  }
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await giveTo(account, folder);
  await writeFile(pointer, folder);
  return folder;
}

async function readPassword(file: string): Promise<string> {
  const handle = await open(file, 'wx', 0o600).catch(() => undefined);
  if (handle !== undefined) {
    await handle.writeFile(randomBytes(24).toString('base64url'));
    await handle.close();
  }
  for (;;) {
    const password = await readFile(file, 'utf8');
    if (password !== '') return password;
    await sleep(5); // another process made the file a moment ago and is still writing
  }
}

async function touched(file: string): Promise<string> {
  await (await open(file, 'a', 0o600)).close();
  return file;
}

async function giveTo(account: Account, file: string): Promise<void> {
  if (account.kind === 'other') await chown(file, account.uid, account.gid);
}

/** Makes a new cluster beside its final place and moves it there, so that a killed attempt leaves nothing. */
async function initialise(cluster: Cluster): Promise<void> {
  const { account, folder } = cluster;
  const parent = await mkdtemp(path.join(path.dirname(folder), 'postgres-new-'));
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
  const child = spawn('/bin/sh', [cluster.keeper, cluster.members, file, ...args], {
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
  const sql = connect({
    socketDir: cluster.socketDir,
    password: cluster.password,
    database: 'postgres',
    max: 1,
    prepare: false,
    name: 'orrery start',
  });
  let silentSince = Date.now();
  try {
    for (;;) {
      try {
        const found = await sql`select 1 from pg_database where datname = 'orrery'`;
        if (found.length === 0) await sql`create database orrery`.catch(ignoreDuplicate);
        return undefined;
      } catch (error) {
        if (isRunning(cluster)) silentSince = Date.now();
        else if (hasFailed() || Date.now() - silentSince > 10_000) return notStarted(cluster, error);
        await sleep(15);
      }
    }
  } finally {
    await sql.end({ timeout: 1 });
  }
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

function postmasterPid(cluster: Cluster): number | undefined {
  try {
    const pid = Number(readFileSync(path.join(cluster.folder, 'postmaster.pid'), 'utf8').split('\n')[0]);
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(cluster: Cluster): boolean {
  const pid = postmasterPid(cluster);
  return pid !== undefined && isAlive(pid);
}

function liveMembers(cluster: Cluster): number[] {
  return readdirSync(cluster.members)
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && isAlive(pid));
}

/** Alive and no zombie: process 1 of a container may not reap its orphans. */
export function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    if (existsSync('/proc/self')) return false;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * After a kill: waits until the backends of the old server have noticed (the shared memory is theirs until
 * then), and removes a lock file whose process is a zombie, which PostgreSQL would take for alive.
 */
async function clearRemains(cluster: Cluster): Promise<void> {
  const pid = postmasterPid(cluster);
  if (pid === undefined || isAlive(pid)) return;
  const deadline = Date.now() + 15_000;
  while (worksIn(cluster.folder) && Date.now() < deadline) await sleep(20);
  const isZombie = existsSync(`/proc/${pid}`);
  if (isZombie && !worksIn(cluster.folder))
    await rm(path.join(cluster.folder, 'postmaster.pid'), { force: true });
}

function worksIn(folder: string): boolean {
  if (!existsSync('/proc/self')) return false;
  return readdirSync('/proc').some((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      return readlinkSync(`/proc/${entry}/cwd`) === folder;
    } catch {
      return false;
    }
  });
}
