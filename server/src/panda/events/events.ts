import type { Core } from '../../core/core.ts';
import { mapInTurns } from '../../core/turns.ts';
import { entriesOf, readId, readText } from '../front/values.ts';
import { listCommands } from './events.store.ts';

/** One answer for each range: true = stored, false = refused, null = not looked at. */
export type Return = true | false | null;

/** What updates of event ranges answer, and what the pilots of their jobs have to do. */
export interface RangesAnswer {
  returns: Return[];
  commands: Record<string, string | null>;
}

/** At most this many ranges of one message are looked at (panda-server 1.0.3). */
const maxRanges = 100_000;

const finalStatuses = new Set(['finished', 'failed', 'fatal']);
const passingStatuses = new Set(['running', 'transferring']);

/** The job of a range id `<task>-<job>-<file>-<process>-<attempt>`; null when it is none. */
export function jobOfRange(rangeId: unknown): number | null {
  const parts = typeof rangeId === 'string' ? rangeId.split('-') : [];
  const numbers = parts.map((part) => (/^\d{1,16}$/.test(part) ? Number(part) : Number.NaN));
  return numbers.length === 5 && numbers.every(Number.isSafeInteger) ? readId(numbers[1]) : null;
}

/**
 * Flat list of ranges of a message: version 0 and 2 give them so, version 1 in chunks with a zip file. Null when the
 * message is no list, or a chunk has none.
 */
export function flatten(message: unknown, version: number): unknown[] | null {
  if (!Array.isArray(message)) return null;
  if (version !== 1) return message;
  const chunks = message.map((chunk) => new Map(entriesOf(chunk)).get('eventRanges'));
  return chunks.every(Array.isArray) ? chunks.flat() : null;
}

/**
 * Answers updates of event ranges. No job of this server is cut into ranges, so every range that is told to be done is
 * unknown and refused, and one that is only told to go on is passed over, as the reference passes it over. The pilot of
 * a job that is not live any more has to end.
 */
export async function updateRanges(core: Core, ranges: readonly unknown[]): Promise<RangesAnswer> {
  const looked = await mapInTurns(ranges.slice(0, maxRanges), readRange);
  const jobIds = new Set(looked.flatMap(({ isFinal, jobId }) => (isFinal && jobId !== null ? [jobId] : [])));
  const known = await listCommands(core.db.sql, [...jobIds]);
  const commands = [...jobIds].map((jobId): [string, string | null] => [
    String(jobId),
    known.has(jobId) ? (known.get(jobId) ?? null) : 'tobekilled',
  ]);
  const returns = looked.map(({ isPassing }): Return => (isPassing ? null : false));
  const skipped = Array.from({ length: ranges.length - looked.length }, (): Return => null);
  return { returns: [...returns, ...skipped], commands: Object.fromEntries(commands) };
}

function readRange(value: unknown): { jobId: number | null; isFinal: boolean; isPassing: boolean } {
  const given = new Map(entriesOf(value));
  const jobId = jobOfRange(given.get('eventRangeID'));
  const status = readText(given.get('eventStatus'), 20) ?? '';
  return {
    jobId,
    isFinal: jobId !== null && finalStatuses.has(status),
    isPassing: jobId !== null && passingStatuses.has(status),
  };
}

/**
 * States of the ranges of jobs, `{job: {range: …}}`: empty, because no job has any. Null when the question is not
 * `[{task_id, panda_id}, …]`.
 */
export function statusesOf(question: unknown): Record<string, never> | null {
  if (!Array.isArray(question)) return null;
  const isPair = (pair: unknown): boolean => {
    const given = new Map(entriesOf(pair));
    const jobId = given.get('panda_id') ?? given.get('job_id');
    return readId(given.get('task_id')) !== null && readId(jobId) !== null;
  };
  return question.every(isPair) ? {} : null;
}
