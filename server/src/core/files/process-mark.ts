import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { unguessableId } from '../ids.ts';

/**
 * Names of unfinished files say which process writes them: `<machine>~<pid>~<start>~<random>`. The machine
 * covers boot and pid namespace, since two containers may share a host name and both have a process 1; the
 * start time tells a process from a later one that was given the same pid.
 */
const machine = createHash('sha256')
  .update([hostname(), read('/proc/sys/kernel/random/boot_id'), namespaceOfPids()].join('\n'))
  .digest('hex')
  .slice(0, 12);

export function unfinishedName(): string {
  return `${machine}~${process.pid}~${startOf(process.pid) ?? 0}~${unguessableId(12)}`;
}

/** Whether the writer of this file is known to be gone; null when it runs (or ran) on another machine. */
export function writerIsGone(name: string): boolean | null {
  const [where, pid, start] = name.split('~');
  if (where !== machine || pid === undefined || start === undefined) return null;
  const running = startOf(Number(pid));
  if (running === null) return true;
  return start !== '0' && String(running) !== start;
}

/** Start time of a process in clock ticks since boot; 0 where /proc is not there but it runs; null = not running. */
function startOf(pid: number): number | null {
  const stat = read(`/proc/${pid}/stat`);
  if (stat !== '') return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  try {
    process.kill(pid, 0);
    return 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 0 : null;
  }
}

function namespaceOfPids(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
