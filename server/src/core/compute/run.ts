/** States of a run, and from which to which it may go: the code and the test read this one table. */
export const runTransitions = {
  queued: ['starting', 'ended'],
  starting: ['queued', 'running', 'ending', 'ended'],
  running: ['ending', 'ended'],
  ending: ['ended'],
  ended: [],
} as const satisfies Record<string, readonly string[]>;

export type RunState = keyof typeof runTransitions;

export const exitReasons = [
  'exited',
  'killed',
  'time-limit',
  'memory',
  'output-limit',
  'cancelled',
  'lost',
] as const;

export type ExitReason = (typeof exitReasons)[number];

/** How a run ended. `code` and `signal` are null when the command never started or its end is unknown. */
export interface RunExit {
  code: number | null;
  /** As `SIGTERM`. A code above 128 counts as the signal of that number less 128, as in a shell. */
  signal: string | null;
  reason: ExitReason;
  /** A sentence for people. */
  message: string;
}

export interface ComputeRun {
  runId: string;
  owner: { module: string; kind: string; id: string };
  fairKey: string;
  backend: string;
  state: RunState;
  /** Why it is where it is: for a queued run who is ahead of it. */
  why: string;
  exit: RunExit | null;
  queuedAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
  wallSeconds: number | null;
  cpuSeconds: number | null;
  /** Highest sum of resident anonymous memory seen, in MiB; null for runs too short to be sampled. */
  peakMemoryMb: number | null;
  /** Where its folder is, once it started. */
  host: string | null;
}

/** The states from which `to` may be reached. */
export function sourcesOf(to: RunState): RunState[] {
  const states = Object.keys(runTransitions) as RunState[];
  return states.filter((from) => (runTransitions[from] as readonly RunState[]).includes(to));
}
