/** How much more than it took the next jobs get (panda-server 1.0.3). */
const usualFactor = 1.5;
/** Part of the time that is no use of the processor (panda-server 1.0.3). */
const slack = 1.1;

type CpuTimeUnit = 'HS06sPerEvent' | 'mHS06sPerEvent';

export interface CpuTime {
  value: number;
  unit: CpuTimeUnit;
}

/** What the time of an event is found from: a failed job, its queue and its task. */
export interface CpuTimeFacts {
  /** Seconds that the job ran; null = it never began. */
  wallSeconds: number | null;
  cores: number;
  events: number;
  /** HS06 of a core of the queue; null = not known. */
  corePower: number | null;
  /** baseWalltime of the task: seconds for setting up. */
  baseWallSeconds: number | null;
  /** cpuEfficiency of the task, percent. */
  cpuEfficiency: number | null;
  /** cpuTime and cpuTimeUnit of the task. */
  before: { value: number; unit: string } | null;
}

/**
 * The time of an event that a task gets when a job ran out of it: what the job took, times `factor`. Null when something
 * it is found from is missing, or when the task has more already (panda-server 1.0.3, initialize_cpu_time_task).
 */
export function nextCpuTime(facts: CpuTimeFacts, factor: number | null = null): CpuTime | null {
  const { wallSeconds, cores, events, corePower, baseWallSeconds, cpuEfficiency } = facts;
  if (wallSeconds === null || !isMore(corePower) || !isMore(baseWallSeconds) || !isMore(cpuEfficiency))
    return null;
  if (events <= 0 || wallSeconds <= baseWallSeconds) return null;
  const used = (wallSeconds - baseWallSeconds) * corePower * Math.max(1, cores) * slack;
  const perEvent = (used / (cpuEfficiency / 100) / events) * (factor ?? usualFactor);
  const before = perEventOf(facts.before);
  if (!Number.isFinite(perEvent) || (before !== null && before > perEvent)) return null;
  // Whole numbers: small ones are told in thousandths.
  const isSmall = perEvent < 10;
  return {
    value: Math.trunc(isSmall ? perEvent * 1000 : perEvent),
    unit: isSmall ? 'mHS06sPerEvent' : 'HS06sPerEvent',
  };
}

function isMore(value: number | null): value is number {
  return value !== null && value > 0;
}

function perEventOf(before: CpuTimeFacts['before']): number | null {
  if (before?.unit === 'HS06sPerEvent') return before.value;
  return before?.unit === 'mHS06sPerEvent' ? before.value / 1000 : null;
}
