import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aReport } from '../../../../test/support/report.ts';
import { errorSources } from '../jobs/job.ts';
import { type JobState, jobStates, jobTransitions, queuedStates } from '../states.ts';
import { type ReportState, reportStates } from './report.ts';
import { addErrors, commandOf, type HeldJob, judge, reasonOf } from './rules.ts';

function aHeldJob(wish: Partial<HeldJob> = {}): HeldJob {
  return {
    jobId: 1,
    queue: 'LOCAL',
    status: 'running',
    attempt: 1,
    vo: 'local',
    command: null,
    debug: false,
    batchId: null,
    setByPilot: false,
    errors: null,
    ...wish,
  };
}

/** What becomes of a report: the new state, `kept` for a job that stays, `gone` for one that the pilot has not. */
function outcome(job: Partial<HeldJob>, state: ReportState): string {
  const verdict = judge(aReport({ state }), aHeldJob(job));
  if (verdict.take === 'all') return verdict.status;
  if (verdict.take === 'nothing') return `gone ${verdict.command}`;
  return verdict.command === 'NULL' ? 'kept' : `kept ${verdict.command}`;
}

const early: readonly ReportState[] = ['starting', 'running'];

// The guards of updateJobStatus in panda-server 1.0.3, row by row. "by pilot": the pilot itself set the state.
const guards: ReadonlyArray<readonly [JobState, 'by pilot' | '', ReportState, string]> = [
  ['sent', '', 'starting', 'starting'],
  ['sent', '', 'running', 'running'],
  ['sent', '', 'finished', 'holding'],
  ['sent', '', 'failed', 'holding'],
  ['sent', '', 'holding', 'holding'],
  ['sent', '', 'transferring', 'transferring'],
  ['starting', '', 'starting', 'starting'],
  ['starting', '', 'running', 'running'],
  ['starting', '', 'failed', 'holding'],
  ['starting', '', 'transferring', 'transferring'],
  ['stagein', '', 'running', 'running'],
  ['stagein', '', 'starting', 'stagein'],
  ['running', '', 'starting', 'running'],
  ['running', '', 'running', 'running'],
  ['running', '', 'finished', 'holding'],
  ['running', '', 'failed', 'holding'],
  ['running', '', 'holding', 'holding'],
  ['running', '', 'transferring', 'transferring'],
  ['stageout', '', 'starting', 'stageout'],
  ['stageout', '', 'running', 'running'],
  ['stageout', '', 'finished', 'holding'],
  ['holding', '', 'starting', 'kept'],
  ['holding', '', 'running', 'kept'],
  ['holding', '', 'transferring', 'kept'],
  ['holding', '', 'holding', 'kept'],
  ['holding', '', 'finished', 'kept alreadydone'],
  ['holding', '', 'failed', 'kept alreadydone'],
  ['holding', 'by pilot', 'holding', 'kept'],
  ['holding', 'by pilot', 'finished', 'holding'],
  ['holding', 'by pilot', 'failed', 'holding'],
  ['transferring', '', 'starting', 'kept'],
  ['transferring', '', 'running', 'kept'],
  ['transferring', '', 'holding', 'kept alreadydone'],
  ['transferring', '', 'finished', 'kept alreadydone'],
  ['transferring', '', 'failed', 'kept alreadydone'],
  ['transferring', 'by pilot', 'transferring', 'transferring'],
  ['transferring', 'by pilot', 'holding', 'holding'],
  ['transferring', 'by pilot', 'finished', 'holding'],
  ['transferring', 'by pilot', 'running', 'kept'],
  ['merging', '', 'running', 'kept'],
  ['merging', '', 'holding', 'kept'],
  ['merging', '', 'finished', 'kept'],
];

test.each(guards)('a job in %s (%s) with the report %s is %s', (status, by, state, expected) => {
  expect(outcome({ status, setByPilot: by === 'by pilot' }, state)).toBe(expected);
});

test('a job that is not live, or waits for another pilot, is gone for the one that reports', () => {
  expect(judge(aReport(), undefined)).toEqual({ take: 'nothing', command: 'tobekilled' });
  for (const status of queuedStates) {
    for (const state of reportStates) expect(outcome({ status }, state)).toBe('gone tobekilled');
  }
});

test('a report of another attempt is that of a job that is gone; without a number it is of this one', () => {
  const job = aHeldJob({ attempt: 2 });
  for (const attempt of [1, 3, -1]) {
    expect(judge(aReport({ attempt }), job)).toEqual({ take: 'nothing', command: 'tobekilled' });
  }
  for (const attempt of [2, null]) expect(judge(aReport({ attempt }), job).take).toBe('all');
});

test('a pilot speaks for the jobs of its VO, and for those of none', () => {
  const takes = (vo: string | null, vos: string[] | null) => judge(aReport({ vos }), aHeldJob({ vo })).take;
  expect([takes('atlas', ['atlas']), takes(null, ['atlas']), takes('atlas', null)]).toEqual([
    'all',
    'all',
    'all',
  ]);
  expect([takes('atlas', ['local']), takes('atlas', [])]).toEqual(['nothing', 'nothing']);
});

test.each([
  ['batch.one', 'batch.two', 'tobekilled'],
  ['batch.one', 'batch.one', 'NULL'],
  ['batch.one', null, 'NULL'],
  [null, 'batch.two', 'NULL'],
  ['', 'batch.two', 'NULL'],
  ['12345', '67890', 'NULL'],
  ['12345.0', 'batch.two', 'NULL'],
  ['batch.one', '7', 'NULL'],
])('the batch job %s knows, %s reports: %s', (batchId, reported, command) => {
  const verdict = judge(aReport({ batchId: reported }), aHeldJob({ batchId }));
  expect(verdict).toMatchObject({ take: command === 'NULL' ? 'all' : 'mismatch', command });
});

test.each([
  [false, null, 'NULL'],
  [false, '', 'NULL'],
  [true, null, 'debug'],
  [false, 'tobekilled', 'tobekilled'],
  [true, 'tail payload.stdout', 'debug,tail payload.stdout'],
])('debug %s and the command %j are told as %s', (debug, command, told) => {
  expect(commandOf({ debug, command })).toBe(told);
  expect(judge(aReport(), aHeldJob({ debug, command })).command).toBe(told);
  expect(judge(aReport(), aHeldJob({ debug, command, status: 'merging' })).command).toBe(told);
});

test('no report asks for a transition that the table of states does not have', () => {
  const property = fc.property(
    fc.constantFrom(...jobStates),
    fc.constantFrom(...reportStates),
    fc.boolean(),
    fc.option(fc.constantFrom('a', 'b', '1')),
    (status, state, setByPilot, batchId) => {
      const verdict = judge(aReport({ state, batchId }), aHeldJob({ status, setByPilot, batchId: 'a' }));
      if (verdict.take !== 'all') return true;
      return verdict.status === status || jobTransitions[status].includes(verdict.status);
    },
  );
  fc.assert(property, { numRuns: 1000 });
});

test('what is late never takes a job back', () => {
  for (const status of ['holding', 'transferring', 'merging'] as const) {
    for (const state of early) expect(outcome({ status }, state)).toBe('kept');
  }
});

test('errors that are sent replace those known, part by part', () => {
  const known = { pilot: { code: 1099, diag: 'stage-in failed' }, sup: { code: 1, diag: 'kept' } };
  expect(addErrors(known, { pilot: { code: 1305, diag: 'payload failed' }, trans: { code: 13 } })).toEqual({
    pilot: { code: 1305, diag: 'payload failed' },
    sup: { code: 1, diag: 'kept' },
    trans: { code: 13, diag: '' },
  });
  expect(addErrors(known, { pilot: { diag: 'other words' } })?.pilot).toEqual({
    code: 1099,
    diag: 'other words',
  });
  expect(addErrors(known, { pilot: { code: 0, diag: '' } })).toEqual({ sup: known.sup });
  expect(addErrors({ pilot: known.pilot }, { pilot: { code: 0, diag: '' }, exe: {} })).toBeNull();
  expect(addErrors(null, {})).toBeNull();
});

test('errors stay errors, whatever is sent', () => {
  const part = fc.record(
    { code: fc.integer(), diag: fc.string({ maxLength: 5 }) },
    { requiredKeys: [] as never[] },
  );
  const sent = fc.dictionary(fc.constantFrom(...errorSources), part);
  const property = fc.property(sent, sent, (first, second) => {
    const errors = addErrors(addErrors(null, first), second) ?? {};
    return Object.values(errors).every(({ code, diag }) => code !== 0 || diag !== '');
  });
  fc.assert(property);
});

test.each([
  [
    { pilot: { code: 1305, diag: 'Failed to execute payload' }, trans: { code: 13 } },
    'Failed to execute payload (pilot 1305)',
  ],
  [{ pilot: { code: 0, diag: '' }, exe: { code: 65, diag: '' } }, 'payload error (exe 65)'],
  [{ trans: { code: 13 } }, 'the payload ended with 13'],
  [{}, 'no error was given'],
])('the reason of a failure names the error that says most: %j', (errors, words) => {
  expect(reasonOf(aReport({ state: 'failed', errors }))).toBe(
    `The pilot says that the job failed: ${words}.`,
  );
});
