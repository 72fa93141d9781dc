import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../errors.ts';
import { shortId } from '../../ids.ts';
import type { Isolation } from '../backend.ts';
import { makePlaces, type RunAccount, RunPlaces, removePlaces } from './folder.ts';
import type { RunSettings } from './settings-file.ts';
import { startSupervisor } from './supervisor.ts';

/** How a run is kept apart; the shell programs know these words. */
export type Mode = 'namespaces' | 'user-namespaces' | 'uid' | 'none';

/** What this host can do to keep runs apart, found by trying. */
export interface Confinement {
  mode: Mode;
  isolation: Isolation;
  namespaces: boolean;
  /** A run may put programs of its own into namespaces of their own. */
  nested: boolean;
  /** How it was found, in a sentence. */
  why: string;
}

const described: Record<Mode, Omit<Confinement, 'mode' | 'nested'>> = {
  namespaces: {
    isolation: 'uid',
    namespaces: true,
    why: 'The server is root: each slot has a user id of its own, and each run sees only the system folders and its own.',
  },
  'user-namespaces': {
    isolation: 'namespace',
    namespaces: true,
    why: 'The server is an ordinary user: each run has a user namespace and sees only the system folders and its own.',
  },
  uid: {
    isolation: 'uid',
    namespaces: false,
    why: 'The server is root without namespaces: each slot has a user id of its own; what all users may read, runs may read.',
  },
  none: { isolation: 'none', namespaces: false, why: 'Runs have all the rights of the server.' },
};

/** Tries the ways to isolate a run, best first, each with a real run that must not reach a secret of ours. */
export async function findConfinement(
  runsFolder: string,
  firstUid: number,
  modes: readonly Mode[] = isolatingModes(),
): Promise<Confinement> {
  const failures: string[] = [];
  for (const mode of modes) {
    const tried = await tryMode(mode, runsFolder, firstUid).catch((error) => ({ trouble: messageOf(error) }));
    if (!('trouble' in tried))
      return { mode, ...described[mode], ...tried, why: [described[mode].why, ...failures].join(' ') };
    failures.push(`Tried without success: ${mode} (${tried.trouble}).`);
  }
  return { mode: 'none', ...described.none, nested: false, why: [described.none.why, ...failures].join(' ') };
}

/** The modes that this account may hope for. */
export function isolatingModes(): Mode[] {
  if (process.platform !== 'linux') return [];
  return process.getuid?.() === 0 ? ['namespaces', 'uid'] : ['user-namespaces'];
}

/** The account for slot `slot`; null where runs keep the server's. */
export function accountOf(mode: Mode, firstUid: number, slot: number): RunAccount {
  if (mode !== 'namespaces' && mode !== 'uid') return null;
  return { uid: firstUid + slot, gid: firstUid + slot };
}

/** What a run in this mode may do, when it works and is kept from our files; else what went wrong. */
async function tryMode(
  mode: Mode,
  runsFolder: string,
  firstUid: number,
): Promise<{ nested: boolean } | { trouble: string }> {
  const places = new RunPlaces(path.join(runsFolder, `probe-${shortId()}`));
  // Not a slot's id: runs of an earlier server may be alive in those, and an end kills all of its id.
  const account = accountOf(mode, firstUid, 1000 + (process.pid % 1000));
  try {
    await makePlaces(places, account);
    await startSupervisor(places, probeSettings(mode, places, account));
    const ended = await untilExists(path.join(places.control, 'exit'), 10_000);
    if (/^code 0$/m.test(ended ?? '')) return { nested: await isThere(path.join(places.work, 'nested')) };
    const fallback = ended === null ? 'no answer within 10 s' : ended.split('\n')[0];
    return { trouble: await lastWords(places, fallback) };
  } finally {
    await removePlaces(places);
  }
}

const probeScript = `
if cat "$SECRET" >/dev/null 2>&1; then echo "reads the server's files" >&2; exit 9; fi
unshare --user --map-current-user --pid --fork --kill-child --mount-proc true 2>/dev/null && echo x >"$HOME/nested"
echo x >"$HOME/x" && echo x >"$TMPDIR/x" && test -r /dev/null`;

function probeSettings(mode: Mode, places: RunPlaces, account: RunAccount): RunSettings {
  return {
    ...placeSettings(places, mode, account),
    runId: path.basename(places.top),
    network: 'open',
    graceSeconds: 1,
    readable: [],
    hidden: [path.dirname(path.dirname(path.dirname(places.top)))],
    request: {
      command: ['sh', '-c', probeScript],
      environment: { SECRET: path.join(places.control, 'settings') },
      limits: { memoryMb: 256, processes: 16, wallSeconds: 8, outputMb: 16 },
      readable: [],
    },
  };
}

/** The settings that follow from the host and the folder. */
export function placeSettings(
  places: RunPlaces,
  mode: Mode,
  account: RunAccount,
): Pick<RunSettings, 'mode' | 'uid' | 'gid' | 'work' | 'tmp' | 'root'> {
  return {
    mode,
    uid: account?.uid ?? process.getuid?.() ?? 0,
    gid: account?.gid ?? process.getgid?.() ?? 0,
    work: places.work,
    tmp: places.tmp,
    root: places.root,
  };
}

async function untilExists(file: string, withinMs: number): Promise<string | null> {
  const deadline = Date.now() + withinMs;
  while (Date.now() < deadline) {
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text !== null) return text;
    await sleep(10);
  }
  return null;
}

function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

async function lastWords(places: RunPlaces, fallback: string | undefined): Promise<string> {
  for (const file of [path.join(places.control, 'unshare.log'), path.join(places.log, 'stderr')]) {
    const text = (await readFile(file, 'utf8').catch(() => '')).trim();
    if (text !== '') return text.split('\n')[0] as string;
  }
  return fallback ?? 'no words';
}
