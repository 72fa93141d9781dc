import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** Under which account PostgreSQL runs; it refuses to run as root. */
export type Account =
  | { kind: 'self' }
  /** A second account with its own uid: the usual way when the server runs as root. */
  | { kind: 'other'; uid: number; gid: number }
  /** Root's own files seen through a user namespace, where nobody else can reach the folder. */
  | { kind: 'namespace'; prefix: string[] };

/**
 * Chooses the account. As root the unprivileged account `nobody` is used if it can reach `folders` (a folder
 * below a home of mode 0700 it cannot); else a user namespace in which root's uid has another number.
 */
export function chooseAccount(folders: readonly string[]): Account | undefined {
  if (process.getuid?.() !== 0) return { kind: 'self' };
  const nobody = findAccount('nobody');
  if (nobody !== undefined && folders.every(othersMayReach)) return { kind: 'other', ...nobody };
  const prefix = ['unshare', '--user', `--map-user=${nobody?.uid ?? 65534}`, '--'];
  const probe = spawnSync(prefix[0] as string, [...prefix.slice(1), 'true'], { timeout: 5000 });
  return probe.status === 0 ? { kind: 'namespace', prefix } : undefined;
}

function findAccount(name: string): { uid: number; gid: number } | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

/** True when every folder from the root down may be entered by any account. */
export function othersMayReach(folder: string): boolean {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const found = statSync(at, { throwIfNoEntry: false });
    if (found !== undefined && (found.mode & 0o001) === 0) return false;
    if (at === path.dirname(at)) return true;
  }
}
