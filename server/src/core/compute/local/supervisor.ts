import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunPlaces } from './folder.ts';
import { type RunSettings, writeSettings } from './settings-file.ts';

const supervise = fileURLToPath(new URL('./supervise.sh', import.meta.url));
const inside = fileURLToPath(new URL('./inside.sh', import.meta.url));

/** The supervisor of a run as its file names it. */
export interface Supervisor {
  pid: number;
  /** Clock ticks after boot; with the boot id it tells a process id that is used again. */
  startTicks: string;
  bootId: string;
  startedAt: Date;
}

/** Starts the supervisor in a session of its own; it survives this process and knows nothing of it. */
export async function startSupervisor(places: RunPlaces, settings: RunSettings): Promise<ChildProcess> {
  await writeFile(path.join(places.control, 'settings'), writeSettings(settings), { mode: 0o600 });
  const logs = await Promise.all(
    ['stdout', 'stderr'].map((name) =>
      open(path.join(places.log, name), constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW),
    ),
  );
  const nothing = await open('/dev/null', 'r');
  try {
    const child = spawn('/bin/sh', [supervise, places.top, inside], {
      cwd: '/',
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
      detached: true,
      stdio: ['ignore', ...logs.map((log) => log.fd), ...(await coverInherited(nothing.fd))],
    });
    child.unref();
    await Promise.race([once(child, 'spawn'), once(child, 'error').then(([error]) => Promise.reject(error))]);
    return child;
  } finally {
    await Promise.all([...logs, nothing].map((handle) => handle.close()));
  }
}

/**
 * Descriptors above 2 that this process itself inherited are passed on by a spawn. Whatever they are, the run
 * gets nothing instead; those that this process opened are closed by the system.
 */
async function coverInherited(nothing: number): Promise<Array<number | 'ignore'>> {
  const cover: Array<number | 'ignore'> = [];
  for (const name of await readdir('/proc/self/fdinfo').catch(() => [])) {
    const descriptor = Number(name);
    if (descriptor < 3) continue;
    const facts = await readFile(`/proc/self/fdinfo/${name}`, 'utf8').catch(() => '');
    const flags = /^flags:\s*([0-7]+)$/m.exec(facts)?.[1];
    if (flags === undefined || (Number.parseInt(flags, 8) & 0o2000000) !== 0) continue;
    while (cover.length < descriptor - 3) cover.push('ignore');
    cover[descriptor - 3] = nothing;
  }
  return cover;
}

/** Where `begun` points when nobody may begin any more; a supervisor makes it a folder. */
const prevented = 'prevented';

/**
 * Takes the right to start away from any supervisor of this folder, and from any process that has yet to make
 * the folder; false when a supervisor has begun. Taken away once it stays so, and is told as true again: whoever
 * took it may be killed before the run is queued again.
 */
export async function preventStart(places: RunPlaces): Promise<boolean> {
  await mkdir(places.control, { recursive: true, mode: 0o700 });
  const begun = path.join(places.control, 'begun');
  try {
    await symlink(prevented, begun);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return (await lstat(begun)).isSymbolicLink();
  }
}

/** The supervisor that has begun in this folder; null when none has, or it has not said so yet. */
export async function findSupervisor(places: RunPlaces): Promise<Supervisor | null> {
  const file = path.join(places.control, 'supervisor');
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return null;
  const [pid = '0', startTicks = '', bootId = ''] = text.trim().split(' ');
  return { pid: Number(pid), startTicks, bootId, startedAt: (await stat(file)).mtime };
}

export async function isAlive({ pid, startTicks, bootId }: Supervisor): Promise<boolean> {
  if (bootId === 'none') return answers(pid);
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
  if (boot.trim() !== bootId) return false;
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  const fields = text?.slice(text.lastIndexOf(') ') + 2).split(' ');
  // A zombie has ended; its parent, a server of ours, has not looked yet.
  return fields !== undefined && fields[0] !== 'Z' && fields[19] === startTicks;
}

function answers(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Asks a supervisor to end its run: TERM, ten seconds, KILL; with `now` without the ten seconds, also when asked again. */
export async function askToStop(places: RunPlaces, supervisor: Supervisor, now: boolean): Promise<void> {
  if (now) await writeFile(path.join(places.control, 'now'), '');
  if (await isAlive(supervisor)) process.kill(supervisor.pid, 'SIGTERM');
}

/** Kills what a run left behind whose supervisor is gone. */
export async function sweep(places: RunPlaces): Promise<void> {
  const child = spawn('/bin/sh', [supervise, places.top, inside, 'sweep'], {
    stdio: 'ignore',
    timeout: 20_000,
  });
  await once(child, 'close');
}
