import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The pid that stands in PostgreSQL's lock file. */
function postmasterPid(folder: string): number | undefined {
  try {
    const pid = Number(readFileSync(path.join(folder, 'postmaster.pid'), 'utf8').split('\n')[0]);
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** True while PostgreSQL runs in `folder`; a lock file whose pid another program has now says nothing. */
export function isRunning(folder: string): boolean {
  const pid = postmasterPid(folder);
  return pid !== undefined && isPostmaster(folder, pid);
}

/** Asks PostgreSQL to stop at once without losing anything (its "fast" way). */
export function stopPostmaster(folder: string): void {
  const pid = postmasterPid(folder);
  if (pid !== undefined && isPostmaster(folder, pid)) process.kill(pid, 'SIGINT');
}

function isPostmaster(folder: string, pid: number): boolean {
  if (!isAlive(pid)) return false;
  if (!existsSync('/proc/self')) return true;
  if (!statOf(pid)?.includes('(postgres) ')) return false;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder);
  } catch {
    return true; // of another account, and root in a container may not look
  }
}

function statOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
}

/** Alive and no zombie: process 1 of a container may not reap its orphans. */
export function isAlive(pid: number): boolean {
  const stat = statOf(pid);
  if (stat !== undefined) return !/\) [ZX] /.test(stat);
  if (existsSync('/proc/self')) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * After a kill: waits until the backends of the old server have noticed (the shared memory is theirs until then),
 * and removes a lock file that PostgreSQL would take for a living one: its pid is a zombie's, or a program's that
 * came by the number later.
 */
export async function clearRemains(folder: string): Promise<void> {
  const pid = postmasterPid(folder);
  if (pid === undefined || isPostmaster(folder, pid)) return;
  const deadline = Date.now() + 15_000;
  while (worksIn(folder) && Date.now() < deadline) await sleep(20);
  const isTaken = existsSync(`/proc/${pid}`) && postmasterPid(folder) === pid && !isPostmaster(folder, pid);
  if (isTaken && !worksIn(folder)) await rm(path.join(folder, 'postmaster.pid'), { force: true });
}

function worksIn(folder: string): boolean {
  if (!existsSync('/proc/self')) return false;
  const real = realpathSync(folder);
  return readdirSync('/proc').some((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      return readlinkSync(`/proc/${entry}/cwd`) === real && statOf(Number(entry))?.includes('(postgres) ');
    } catch {
      return false;
    }
  });
}

/** When a process started, in the kernel's ticks since boot; empty where there is no /proc. */
function startOf(pid: number): string {
  const fields = statOf(pid)
    ?.replace(/^.*\) /s, '')
    .split(' ');
  return fields?.[19] ?? '';
}

/** Notes that this process needs PostgreSQL; returns how to take that back. */
export async function join(members: string): Promise<() => Promise<void>> {
  const file = path.join(members, String(process.pid));
  await writeFile(file, startOf(process.pid));
  return () => rm(file, { force: true });
}

/** How many processes need PostgreSQL now; the keeper decides in the same way. */
export async function countMembers(members: string): Promise<number> {
  const pids = (await readdir(members)).filter((name) => /^\d+$/.test(name)).map(Number);
  return pids.filter((pid) => {
    const start = readStart(path.join(members, String(pid)));
    return isAlive(pid) && (start === '' || start === startOf(pid));
  }).length;
}

function readStart(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return 'gone';
  }
}
