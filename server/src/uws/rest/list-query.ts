import { type UwsPhase, uwsPhases } from '@orrery/contracts/uws';
import { readForm } from '../../core/http/index.ts';
import { controlInvalid } from '../errors.ts';
import { readInstant } from '../instants.ts';

export interface ListQuery {
  phases: UwsPhase[];
  after: Date | null;
  last: number | null;
}

/** The filters of a job list (UWS 1.1, section 2.2.2.1): PHASE (repeated), AFTER, LAST. Names in any case. */
export function readListQuery(query: string): ListQuery {
  const result: ListQuery = { phases: [], after: null, last: null };
  for (const [name, values] of readForm(query)) {
    for (const value of values) {
      switch (name.toUpperCase()) {
        case 'PHASE':
          result.phases.push(readPhase(value));
          break;
        case 'AFTER':
          result.after = readInstant('AFTER', value);
          break;
        case 'LAST':
          result.last = readLast(value);
          break;
      }
    }
  }
  return result;
}

export function readPhase(value: string): UwsPhase {
  const word = value.toUpperCase();
  const phase = uwsPhases.find((each) => each === word);
  if (phase === undefined) throw controlInvalid('PHASE', value, `one of ${uwsPhases.join(', ')} is wanted.`);
  return phase;
}

function readLast(value: string): number {
  if (!/^\d{1,9}$/.test(value.trim()) || Number(value) < 1) {
    throw controlInvalid('LAST', value, 'a whole number from 1 on is wanted.');
  }
  return Number(value);
}

export interface WaitQuery {
  /** Seconds; null = no WAIT; -1 = as long as allowed. */
  seconds: number | null;
  phase: UwsPhase | null;
}

/** WAIT and the PHASE beside it, as a job is asked for. */
export function readWaitQuery(query: string): WaitQuery {
  const result: WaitQuery = { seconds: null, phase: null };
  for (const [name, [value = '']] of readForm(query)) {
    if (name.toUpperCase() === 'PHASE') result.phase = readPhase(value);
    if (name.toUpperCase() !== 'WAIT') continue;
    if (!/^[+-]?\d+$/.test(value.trim())) {
      throw controlInvalid('WAIT', value, 'a whole number of seconds is wanted, -1 = as long as possible.');
    }
    result.seconds = Math.max(-1, Number(value));
  }
  return result;
}
