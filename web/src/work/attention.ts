import type { PandaJobCounts, PandaJobState, PandaQueueRow } from '@orrery/contracts';
import { count, duration, plural } from '../shared/format.ts';
import type { Face } from '../shared/states.ts';

/** Jobs that wait for a pilot or for their inputs. */
export const waitingStates = [
  'pending',
  'waiting',
  'defined',
  'assigned',
  'activated',
  'throttled',
] as const satisfies PandaJobState[];
/** Jobs that a pilot has. */
export const runningStates = [
  'sent',
  'starting',
  'stagein',
  'running',
  'stageout',
] as const satisfies PandaJobState[];
/** Jobs whose outputs are being stored. */
export const finishingStates = ['holding', 'merging', 'transferring'] as const satisfies PandaJobState[];

export const jobsIn = (counts: PandaJobCounts, states: readonly PandaJobState[]): number =>
  states.reduce((sum, state) => sum + (counts[state] ?? 0), 0);

/** Longer without a pilot than this, while jobs wait, wants a look. */
const silentAfterSeconds = 900;
/** Fewer jobs than this say nothing of a rate. */
const tellingEnds = 10;

export interface Attention {
  face: Extract<Face, 'bad' | 'partial'>;
  why: string;
  /** A job to look at: its page says why and ends it. */
  job?: number;
}

/** Why a queue wants somebody to look at it, most urgent first; undefined when it is well. */
export function attentionOf(row: PandaQueueRow, now: number): Attention | undefined {
  const waiting = jobsIn(row.jobs, waitingStates);
  const ended = row.finished + row.failed;
  const givesOut = row.status === 'online' || row.status === 'test' || row.status === 'brokeroff';
  if (givesOut && (row.jobs.activated ?? 0) > 0) {
    const n = row.jobs.activated ?? 0;
    const wait = n === 1 ? 'waits' : 'wait';
    if (row.lastPilotAt === null)
      return { face: 'bad', why: `${plural(n, 'job')} ${wait}; no pilot has ever asked for work` };
    const silent = (now - Date.parse(row.lastPilotAt)) / 1000;
    if (silent > silentAfterSeconds)
      return {
        face: 'bad',
        why: `${plural(n, 'job')} ${wait}; no pilot has asked for work for ${duration(silent)}`,
      };
  }
  if (givesOut && row.stuck !== null) return { face: 'bad', why: row.stuck.why, job: row.stuck.job };
  if (ended >= tellingEnds && row.failed * 2 > ended)
    return { face: 'bad', why: `${count(row.failed)} of ${count(ended)} jobs that ended failed` };
  if (!givesOut && waiting > 0)
    return {
      face: 'partial',
      why: `${plural(waiting, 'job')} ${waiting === 1 ? 'waits' : 'wait'} though it is ${row.status}`,
    };
  if (ended >= tellingEnds && row.failed * 5 > ended)
    return { face: 'partial', why: `${count(row.failed)} of ${count(ended)} jobs that ended failed` };
  return undefined;
}

/** Queues that want a look, the urgent ones first. */
export function queuesInNeed(
  rows: readonly PandaQueueRow[],
  now: number,
): Array<{ row: PandaQueueRow; attention: Attention }> {
  return rows
    .flatMap((row) => {
      const attention = attentionOf(row, now);
      return attention === undefined ? [] : [{ row, attention }];
    })
    .sort(
      (a, b) =>
        Number(a.attention.face === 'partial') - Number(b.attention.face === 'partial') ||
        jobsIn(b.row.jobs, waitingStates) - jobsIn(a.row.jobs, waitingStates),
    );
}
