import { constants } from 'node:os';
import type { ComputeLimits } from '../request.ts';
import type { ExitReason, RunExit } from '../run.ts';

/** What the supervisor left about the end of a run. */
export interface ExitReport {
  exit: RunExit;
  wallSeconds: number;
  cpuSeconds: number;
}

export interface ExitFiles {
  exit: string;
  /** Of `times`: own and children's, user and system. */
  times: string;
  reason: string | null;
  /** The larger of the two logs. */
  logBytes: number;
  /** Last words on standard error of a run that could not be isolated. */
  trouble: string;
}

const signalNames = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/** Reads the supervisor's files; `cancelledWhy` is what the row says of a cancellation. */
export function readExit(files: ExitFiles, limits: ComputeLimits, cancelledWhy: string | null): ExitReport {
  const lines = new Map(
    files.exit.split('\n').map((line) => line.split(' ', 2) as [string, string | undefined]),
  );
  const status = Number(lines.get('code') ?? 'NaN');
  const signal = status > 128 ? (signalNames.get(status - 128) ?? null) : null;
  const code = signal === null && Number.isInteger(status) ? status : null;
  const reason = reasonOf(files, signal, limits);
  return {
    exit: {
      code,
      signal,
      reason,
      message: sentence(reason, code, signal, limits, files.trouble, cancelledWhy),
    },
    wallSeconds: Number(lines.get('ran') ?? 0) / 100,
    cpuSeconds: childSeconds(files.times),
  };
}

function reasonOf(files: ExitFiles, signal: string | null, limits: ComputeLimits): ExitReason {
  switch (files.reason?.trim()) {
    case 'time-limit':
    case 'memory':
    case 'output-limit':
    case 'cancelled':
    case 'lost':
      return files.reason.trim() as ExitReason;
  }
  if (signal === 'SIGXCPU') return 'time-limit';
  // Some programs ignore SIGXFSZ and fail in their own way; the full log tells.
  if (signal === 'SIGXFSZ' || files.logBytes >= limits.outputMb * 1024 * 1024) return 'output-limit';
  return signal === null ? 'exited' : 'killed';
}

function sentence(
  reason: ExitReason,
  code: number | null,
  signal: string | null,
  limits: ComputeLimits,
  trouble: string,
  cancelledWhy: string | null,
): string {
  switch (reason) {
    case 'exited':
      return code === 0 ? 'Ended well.' : `Ended with exit code ${code}.`;
    case 'killed':
      return `Was ended by ${signal}.`;
    case 'time-limit':
      return signal === 'SIGXCPU'
        ? `Was stopped: a process used more than ${limits.cpuSeconds} s of processor time.`
        : `Was stopped after ${limits.wallSeconds} s, its time limit.`;
    case 'memory':
      return `Was stopped: its processes used more than ${limits.memoryMb} MiB of memory.`;
    case 'output-limit':
      return `Was stopped: it wrote more than ${limits.outputMb} MiB.`;
    case 'cancelled':
      return `Was cancelled: ${cancelledWhy ?? 'its supervisor was told to stop'}.`;
    case 'lost':
      return trouble === '' ? 'Its end is unknown.' : trouble;
  }
}

/** Seconds of processor time of the children in what the shell's `times` prints, `0m0.07s 0m0.04s`. */
function childSeconds(times: string): number {
  const [, children = ''] = times.trim().split('\n');
  let sum = 0;
  for (const [, minutes, seconds] of children.matchAll(/(\d+)m([\d.]+)s/g)) {
    sum += Number(minutes) * 60 + Number(seconds);
  }
  return Math.round(sum * 1000) / 1000;
}
