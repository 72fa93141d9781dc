import type { Why } from '@orrery/contracts/explain';
import { isFinalWorker } from '../workers/worker.ts';
import type { FoundWorker, WorkerJob } from './worker.store.ts';

export interface WorkerCase {
  worker: FoundWorker;
  jobs: readonly Pick<WorkerJob, 'jobId' | 'failedByWorker'>[];
  /** The last heartbeat of its Harvester; null = it sends none. */
  harvesterSeenAt: Date | null;
  overdueMinutes: number;
  now: Date;
}

type Evidence = Why['evidence'][number];

const minuteMs = 60_000;
/** Harvester is told of pilots that are further than it believes after an hour (sync-workers.schedule.ts). */
const toldAfterMinutes = 60;
/** A worker that waits longer than a day in a batch system is worth a look. */
const longWaitMinutes = 24 * 60;
const perhapsLostMinutes = 6 * 60;

/** What is wrong with a worker, or what became of one that ended badly; null = there is nothing to explain. */
export function explainWorker(given: WorkerCase): Why | null {
  return isFinalWorker(given.worker.status) ? explainEnd(given) : explainLate(given);
}

function explainEnd({ worker, jobs }: WorkerCase): Why | null {
  const failed = jobs.filter((job) => job.failedByWorker);
  const evidence = endOf(worker);
  for (const { jobId } of failed.slice(0, 20))
    evidence.push({
      face: 'bad',
      text: `Job ${jobId} still ran when the worker had ended, so the server failed it.`,
      value: 'taskBuffer 300',
    });
  if (worker.status === 'finished' && failed.length === 0) return null;
  const said = text(worker, 'diagMessage');
  const reason = said === null ? 'Its batch system gave no reason.' : `Its batch system says: “${said}”.`;
  const lost = failed.length === 0 ? '' : ` ${jobsOf(failed.length)} failed with it.`;
  return {
    question: `Why is it ${worker.status}?`,
    answer: `${reason}${lost}`,
    evidence,
    acts: [],
  };
}

const jobsOf = (n: number) => (n === 1 ? 'One job' : `${n} jobs`);

function endOf(worker: FoundWorker): Evidence[] {
  const native = text(worker, 'nativeStatus');
  const exit = text(worker, 'nativeExitCode');
  const { errorCode, pilotStatus } = worker;
  return [
    ...(native === null ? [] : [step('unknown', 'The batch system calls its state', native)]),
    ...(exit === null ? [] : [step(exit === '0' ? 'good' : 'bad', 'It ended with exit code', exit)]),
    ...(errorCode === null || errorCode === 0
      ? []
      : [step('bad', 'Harvester names the error', String(errorCode))]),
    pilotStatus === null
      ? step('bad', 'Its pilot never said that it began.', null)
      : step(pilotStatus === 'finished' ? 'good' : 'partial', 'Its pilot said last', pilotStatus),
  ];
}

const step = (face: Evidence['face'], sentence: string, value: string | null): Evidence => ({
  face,
  text: sentence,
  value,
});

function text({ attributes }: FoundWorker, name: string): string | null {
  const value = attributes[name];
  return value === undefined || value === null || value === '' ? null : String(value);
}

function explainLate(given: WorkerCase): Why | null {
  const { worker, harvesterSeenAt, overdueMinutes, now } = given;
  const age = (at: Date) => (now.getTime() - at.getTime()) / minuteMs;
  const isSilent = harvesterSeenAt !== null && age(harvesterSeenAt) > overdueMinutes;
  if (isSilent)
    return late(
      given,
      `Its Harvester ${worker.harvesterId} has sent no heartbeat; what it does now nobody tells.`,
      [step('bad', 'Last heartbeat of the Harvester', iso(harvesterSeenAt))],
    );
  if (worker.pilotStatus === 'finished')
    return late(
      given,
      `Its pilot has ended, but Harvester believes it is ${worker.status}. An hour after the pilot's end the Harvester is told to kill it, and again every half hour.`,
      told(worker, worker.pilotEndedAt, 'The pilot ended'),
    );
  const isAhead = worker.pilotStatus === 'started' && ['submitted', 'ready'].includes(worker.status);
  if (isAhead && worker.pilotStartedAt !== null && age(worker.pilotStartedAt) > toldAfterMinutes)
    return late(
      given,
      `Its pilot runs, but Harvester believes that it is ${worker.status}. The Harvester is told every half hour.`,
      told(worker, worker.pilotStartedAt, 'The pilot began'),
    );
  const { submittedAt, startedAt } = worker;
  if (startedAt === null && submittedAt !== null && age(submittedAt) > longWaitMinutes)
    return late(given, 'It waits in its batch system for more than a day.', [
      step('waiting', 'Submitted', iso(submittedAt)),
    ]);
  return age(worker.modifiedAt) > perhapsLostMinutes
    ? late(given, 'Its Harvester has not told of it for hours; it may be lost.', [
        step('unknown', 'Last told of', iso(worker.modifiedAt)),
      ])
    : null;
}

function told(worker: FoundWorker, at: Date | null, sentence: string): Evidence[] {
  return [
    ...(at === null ? [] : [step('partial', sentence, iso(at))]),
    worker.syncedAt === null
      ? step('waiting', 'The Harvester was not told yet.', null)
      : step('active', 'The Harvester was last told', iso(worker.syncedAt)),
  ];
}

function late({ worker }: WorkerCase, answer: string, evidence: Evidence[]): Why {
  return { question: `Why is it still ${worker.status}?`, answer, evidence, acts: [] };
}

const iso = (at: Date): string => at.toISOString();
