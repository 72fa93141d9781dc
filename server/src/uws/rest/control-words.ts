import { controlInvalid } from '../errors.ts';
import { readInstant } from '../instants.ts';
import type { JobWishes } from '../jobs/jobs.ts';

type Words = ReadonlyMap<string, string>;

/** RUNID, EXECUTIONDURATION and DESTRUCTION, as far as they were sent. Throws `invalid` with the name. */
export function readWishes(words: Words): JobWishes {
  const runId = words.get('RUNID');
  const duration = words.get('EXECUTIONDURATION');
  const destruction = words.get('DESTRUCTION');
  if (runId !== undefined && runId.length > 200)
    throw controlInvalid('RUNID', runId, 'at most 200 characters.');
  return {
    ...(runId === undefined ? {} : { runId: runId === '' ? null : runId }),
    ...(duration === undefined || duration === '' ? {} : { executionDuration: readSeconds(duration) }),
    ...(destruction === undefined || destruction === ''
      ? {}
      : { destructionAt: readInstant('DESTRUCTION', destruction) }),
  };
}

export function readSeconds(text: string): number {
  if (!/^\d{1,10}$/.test(text.trim()) || Number(text) > 2_147_483_647) {
    throw controlInvalid('EXECUTIONDURATION', text, 'a whole number of seconds is wanted, 0 = unlimited.');
  }
  return Number(text);
}

/** What a caller may ask of the phase of a job; ARCHIVE is an extension of this server. */
export type PhaseWord = 'RUN' | 'ABORT' | 'ARCHIVE';

/** The word of `PHASE=…`, in any case. */
export function readPhaseWord(phase: string): PhaseWord {
  const word = phase.trim().toUpperCase();
  if (word === 'RUN' || word === 'ABORT' || word === 'ARCHIVE') return word;
  if (word === 'SUSPEND' || word === 'RESUME')
    throw controlInvalid('PHASE', phase, 'jobs cannot be suspended on this computer; ABORT ends one.');
  throw controlInvalid('PHASE', phase, 'RUN, ABORT or ARCHIVE is wanted.');
}

/** The same of a change that need not have one. */
export function phaseWordOf(words: Words): PhaseWord | null {
  const phase = words.get('PHASE');
  return phase === undefined ? null : readPhaseWord(phase);
}

/** What UWS says of a job that is being made. Throws `uws.control-invalid`. */
export function readNewJob(words: Words): { wishes: JobWishes; run: boolean } {
  const phase = phaseWordOf(words);
  if (phase !== null && phase !== 'RUN') throw controlInvalid('PHASE', phase, 'a new job can only be RUN.');
  return { wishes: readWishes(words), run: phase === 'RUN' };
}
