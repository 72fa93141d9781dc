import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ComputeLimits } from '../request.ts';
import { type ExitReport, readExit } from './exit-file.ts';
import type { RunPlaces } from './folder.ts';
import { findSupervisor, isAlive, type Supervisor } from './supervisor.ts';

/** What a run's folder says of it. */
export type Sight =
  | { kind: 'unstarted' }
  /** A supervisor has begun and has not yet written who it is. */
  | { kind: 'beginning' }
  | { kind: 'running'; supervisor: Supervisor }
  | { kind: 'ended'; startedAt: Date; endedAt: Date; report: ExitReport; peakMemoryMb: number | null }
  /** The supervisor is gone and left no exit file. */
  | { kind: 'lost'; startedAt: Date | null };

/** A supervisor that has not written its file this long after it began has died. */
const beginningMs = 10_000;

/** Reads where a run stands; needs nothing but its folder. */
export async function look(
  places: RunPlaces,
  limits: ComputeLimits,
  stopReason: string | null,
  find = findSupervisor,
): Promise<Sight> {
  const supervisor = await find(places);
  // Liveness first: an exit file written in between is then seen by `readEnd`.
  const alive = supervisor !== null && (await isAlive(supervisor));
  const ended = await readEnd(places, limits, stopReason);
  if (ended !== null && supervisor !== null) return { ...ended, startedAt: supervisor.startedAt };
  if (supervisor !== null)
    return alive ? { kind: 'running', supervisor } : { kind: 'lost', startedAt: supervisor.startedAt };
  // A link that leads nowhere, made by `preventStart`, counts as none.
  const begun = await stat(path.join(places.control, 'begun')).catch(() => null);
  if (begun === null) return { kind: 'unstarted' };
  if (Date.now() - begun.mtimeMs < beginningMs) return { kind: 'beginning' };
  // It may have come since the file was looked for: on a busy host this process can stand still in between.
  if ((await find(places)) !== null) return look(places, limits, stopReason, find);
  return { kind: 'lost', startedAt: null };
}

type Ended = Omit<Extract<Sight, { kind: 'ended' }>, 'startedAt'>;

async function readEnd(
  places: RunPlaces,
  limits: ComputeLimits,
  stopReason: string | null,
): Promise<Ended | null> {
  const file = path.join(places.control, 'exit');
  const exit = await readText(file);
  if (exit === null) return null;
  const [times, reason, peak] = await Promise.all(
    ['times', 'reason', 'peak'].map((name) => readText(path.join(places.control, name))),
  );
  const sizes = await Promise.all(
    ['stdout', 'stderr'].map(
      async (name) => (await stat(path.join(places.log, name)).catch(() => null))?.size ?? 0,
    ),
  );
  const trouble = reason?.trim() === 'lost' ? await readText(path.join(places.log, 'stderr')) : null;
  const report = readExit(
    {
      exit,
      times: times ?? '',
      reason: reason ?? null,
      logBytes: Math.max(...sizes),
      trouble: trouble?.trim().slice(-500) ?? '',
    },
    limits,
    stopReason,
  );
  const peakMemoryMb = peak == null ? null : Math.round(Number(peak.trim()) / 10.24) / 100;
  return { kind: 'ended', endedAt: (await stat(file)).mtime, report, peakMemoryMb };
}

function readText(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}
