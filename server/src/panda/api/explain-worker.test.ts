import { expect, test } from 'vitest';
import { explainWorker, type WorkerCase } from './explain-worker.ts';

const now = new Date('2026-11-22T12:00:00.000Z');
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);

function worker(rest: Partial<WorkerCase['worker']> = {}): WorkerCase['worker'] {
  return {
    harvesterId: 'h',
    workerId: 1,
    batchId: null,
    queue: 'Q',
    status: 'running',
    pilotStatus: 'started',
    resourceType: null,
    computingElement: null,
    node: null,
    cores: null,
    submittedAt: ago(60),
    startedAt: ago(50),
    endedAt: null,
    modifiedAt: ago(5),
    errorCode: null,
    jobs: 0,
    attributes: {},
    pilotStartedAt: ago(49),
    pilotEndedAt: null,
    syncedAt: null,
    syncLevel: null,
    ...rest,
  };
}

const why = (rest: Partial<WorkerCase['worker']>, more: Partial<WorkerCase> = {}) =>
  explainWorker({
    worker: worker(rest),
    jobs: [],
    harvesterSeenAt: ago(3),
    overdueMinutes: 30,
    now,
    ...more,
  });

test('a worker that runs as it should needs no explanation, nor one that finished', () => {
  expect(why({})).toBeNull();
  expect(why({ status: 'finished' })).toBeNull();
  expect(why({ status: 'submitted', pilotStatus: null, startedAt: null })).toBeNull();
  expect(why({}, { harvesterSeenAt: null })).toBeNull();
});

test.each<[string, Partial<WorkerCase['worker']>, Partial<WorkerCase>]>([
  ['has sent no heartbeat', {}, { harvesterSeenAt: ago(31) }],
  ['Its pilot has ended', { pilotStatus: 'finished', pilotEndedAt: ago(90) }, {}],
  ['Its pilot runs', { status: 'submitted', pilotStartedAt: ago(70) }, {}],
  [
    'for more than a day',
    { status: 'ready', pilotStatus: null, startedAt: null, submittedAt: ago(1500) },
    {},
  ],
  ['it may be lost', { modifiedAt: ago(400) }, {}],
])('one that is late is explained: %s', (sentence, rest, more) => {
  expect(why(rest, more)?.answer).toContain(sentence);
});

test('it is said when its Harvester was told that the pilot has ended', () => {
  const evidence = why({ pilotStatus: 'finished', pilotEndedAt: ago(90), syncedAt: ago(7) })?.evidence;
  expect(evidence).toContainEqual({
    face: 'active',
    text: 'The Harvester was last told',
    value: ago(7).toISOString(),
  });
});

test('one that failed says so in the words of its batch system, and which jobs failed with it', () => {
  const failed = why(
    {
      status: 'failed',
      errorCode: 9000,
      pilotStatus: null,
      attributes: { diagMessage: 'exceeded memory limit', nativeStatus: 'OOM', nativeExitCode: 137 },
    },
    {
      jobs: [
        { jobId: 7, failedByWorker: true },
        { jobId: 8, failedByWorker: false },
      ],
    },
  );
  expect(failed).toMatchObject({
    question: 'Why is it failed?',
    answer: 'Its batch system says: “exceeded memory limit”. One job failed with it.',
  });
  expect(failed?.evidence.map(({ value }) => value)).toEqual(['OOM', '137', '9000', null, 'taskBuffer 300']);
  expect(failed?.evidence.at(-1)?.text).toContain('Job 7 ');
});
