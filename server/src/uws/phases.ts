import type { UwsPhase } from '@orrery/contracts/uws';

/** Who causes a change: the caller of the service, the computer the job runs on, or this server by itself. */
export type Cause = 'client' | 'executor' | 'server';

export interface Transition {
  from: UwsPhase;
  to: UwsPhase;
  who: readonly Cause[];
}

const change = (from: readonly UwsPhase[], to: UwsPhase, ...who: Cause[]): Transition[] =>
  from.map((source) => ({ from: source, to, who }));

/**
 * Every change of phase there is (UWS 1.1, section 2.1.3). Code and tests read this table; a pair that is
 * not in it is refused. COMPLETED, ERROR and ABORTED lead nowhere but to ARCHIVED.
 */
export const transitions: readonly Transition[] = [
  ...change(['PENDING', 'HELD'], 'QUEUED', 'client'),
  ...change(['PENDING', 'QUEUED', 'EXECUTING'], 'HELD', 'server', 'executor'),
  ...change(['QUEUED', 'SUSPENDED', 'UNKNOWN', 'HELD'], 'EXECUTING', 'executor'),
  ...change(['EXECUTING'], 'SUSPENDED', 'executor'),
  ...change(['QUEUED', 'EXECUTING', 'HELD', 'SUSPENDED'], 'UNKNOWN', 'executor'),
  ...change(['UNKNOWN'], 'QUEUED', 'executor'),
  ...change(['UNKNOWN'], 'HELD', 'executor'),
  ...change(['UNKNOWN'], 'SUSPENDED', 'executor'),
  ...change(['EXECUTING', 'UNKNOWN'], 'COMPLETED', 'executor'),
  ...change(
    ['PENDING', 'QUEUED', 'EXECUTING', 'HELD', 'SUSPENDED', 'UNKNOWN'],
    'ERROR',
    'executor',
    'server',
  ),
  ...change(
    ['PENDING', 'QUEUED', 'EXECUTING', 'HELD', 'SUSPENDED', 'UNKNOWN'],
    'ABORTED',
    'client',
    'executor',
    'server',
  ),
  ...change(['COMPLETED', 'ERROR', 'ABORTED'], 'ARCHIVED', 'client', 'server'),
];

/** The phases from which `who` may bring a job to `to`. */
export function sourcesOf(to: UwsPhase, who: Cause): UwsPhase[] {
  return transitions.filter((line) => line.to === to && line.who.includes(who)).map((line) => line.from);
}

export function mayChange(from: UwsPhase, to: UwsPhase, who: Cause): boolean {
  return sourcesOf(to, who).includes(from);
}

/** COMPLETED, ERROR, ABORTED and ARCHIVED: work has ended for good. */
export function isFinal(phase: UwsPhase): boolean {
  return phase === 'COMPLETED' || phase === 'ERROR' || phase === 'ABORTED' || phase === 'ARCHIVED';
}

/** The phases in which `WAIT` holds the answer back (UWS 1.1, section 2.2.1.2). */
export function isWaitable(phase: UwsPhase): boolean {
  return phase === 'PENDING' || phase === 'QUEUED' || phase === 'EXECUTING';
}
