import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JobFile } from '../jobs/file.ts';
import { readPayloadFiles } from './job-report.ts';
import { type Case, judge } from './judge.ts';
import { readOutputReport } from './output-report.ts';

let nextFile = 1;

function aFile(change: Partial<JobFile>): JobFile {
  const fileId = nextFile++;
  return {
    jobId: 1,
    fileId,
    ordinal: fileId,
    type: 'output',
    lfn: 'out.txt',
    scope: 'user.tester',
    dataset: 'user.tester.out/',
    guid: null,
    status: 'defined',
    sizeBytes: null,
    checksum: null,
    endpoint: 'DISK',
    surl: null,
    nEvents: null,
    optional: false,
    attributes: {},
    taskId: null,
    taskDatasetId: null,
    taskFileId: null,
    attempt: 0,
    ...change,
  };
}

const out = aFile({});
const log = aFile({ type: 'log', lfn: 'log.tgz' });
const input = aFile({ type: 'input', lfn: 'in.txt', status: 'ready' });
const good = { guid: 'g', fsize: 6, adler32: '0768025e', surl: 'file://x', endpoint: 'OTHER' };

function aCase(change: Partial<Omit<Case, 'report'>> & { report?: unknown } = {}): Case {
  const { report = { 'out.txt': good, 'log.tgz': good }, ...rest } = change;
  return {
    label: 'user',
    errors: {},
    files: [input, out, log],
    state: 'finished',
    metadata: null,
    nEvents: null,
    hasLostInputs: false,
    ...rest,
    report: typeof report === 'string' ? report : JSON.stringify(report),
  };
}

const parse = 'Could not get GUID/LFN/MD5/FSIZE/SURL from pilot JSON';

/** Name of the case, what is reported, the outcome with its ddm error, and the files afterwards. */
const cases: ReadonlyArray<[string, Case, string, string]> = [
  ['all files reported', aCase(), 'finished', 'in.txt ready, out.txt ready, log.tgz ready'],
  [
    'no outputs: the report is not looked at',
    aCase({ files: [input], report: '' }),
    'finished',
    'in.txt ready',
  ],
  ['no outputs, failed', aCase({ files: [], report: '', state: 'failed' }), 'failed', ''],
  ['no JSON', aCase({ report: '{' }), `failed ${parse}`, 'in.txt ready, out.txt defined, log.tgz defined'],
  ['no object', aCase({ report: '[]' }), `failed ${parse}`, 'in.txt ready, out.txt defined, log.tgz defined'],
  [
    'no guid',
    aCase({ report: { 'out.txt': { ...good, guid: undefined }, 'log.tgz': good } }),
    `failed ${parse}`,
    'in.txt ready, out.txt defined, log.tgz defined',
  ],
  [
    'no size',
    aCase({ report: { 'out.txt': { ...good, fsize: undefined }, 'log.tgz': good } }),
    `failed ${parse}`,
    'in.txt ready, out.txt defined, log.tgz defined',
  ],
  [
    'no checksum',
    aCase({ report: { 'out.txt': { ...good, adler32: undefined }, 'log.tgz': good } }),
    `failed ${parse}`,
    'in.txt ready, out.txt defined, log.tgz defined',
  ],
  [
    'an md5 that is none',
    aCase({ report: { 'out.txt': { ...good, adler32: undefined, md5sum: 'xyz' }, 'log.tgz': good } }),
    `failed ${parse}`,
    'in.txt ready, out.txt defined, log.tgz defined',
  ],
  [
    'an empty report that the pilot explains',
    aCase({ report: '', state: 'failed', errors: { pilot: { code: 1201, diag: 'SIGTERM' } } }),
    'failed',
    'in.txt ready, out.txt defined, log.tgz defined',
  ],
  [
    'an empty report that the exit code explains',
    aCase({ report: '', state: 'failed', errors: { trans: { code: 1, diag: '' } } }),
    'failed',
    'in.txt ready, out.txt defined, log.tgz defined',
  ],
  [
    'an empty report of a worker that has gone',
    aCase({ report: '', state: 'failed', errors: { taskBuffer: { code: 300, diag: '' } } }),
    'failed',
    'in.txt ready, out.txt defined, log.tgz defined',
  ],
  [
    'an output is missing',
    aCase({ report: { 'log.tgz': good } }),
    'failed expected output out.txt is missing in pilot JSON',
    'in.txt ready, out.txt failed, log.tgz ready',
  ],
  [
    'an output that may be missing',
    aCase({ files: [{ ...out, optional: true }, log], report: { 'log.tgz': good } }),
    'finished',
    'out.txt nooutput, log.tgz ready',
  ],
  [
    'a failed job: only the log counts',
    aCase({ state: 'failed', report: { 'log.tgz': good } }),
    'failed',
    'in.txt ready, out.txt failed, log.tgz ready',
  ],
  [
    'a failed job without its log',
    aCase({ state: 'failed', report: {} }),
    'failed expected output log.tgz is missing in pilot JSON',
    'in.txt ready, out.txt failed, log.tgz failed',
  ],
  [
    'an input of a user, without size',
    aCase({ report: { 'in.txt': { guid: 'g' }, 'out.txt': good, 'log.tgz': good } }),
    'finished',
    'in.txt skipped, out.txt ready, log.tgz ready',
  ],
  [
    'an input of production',
    aCase({ label: 'managed', report: { 'in.txt': { guid: 'g' }, 'out.txt': good, 'log.tgz': good } }),
    'finished',
    'in.txt failed, out.txt ready, log.tgz ready',
  ],
  [
    'a file of somebody else',
    aCase({ report: { 'out.txt': good, 'log.tgz': good, strange: good } }),
    'failed pilot produced strange inconsistently with jobdef',
    'in.txt ready, out.txt failed, log.tgz failed',
  ],
  [
    'more outputs than defined',
    aCase({ report: { 'out.txt._1': good, 'out.txt._2': good, 'log.tgz': good } }),
    'finished',
    'in.txt ready, out.txt._1 ready, out.txt._2 ready, log.tgz ready',
  ],
  [
    'more outputs, and the one they are named after',
    aCase({ report: { 'out.txt': good, 'out.txt_7': good, 'log.tgz': good } }),
    'finished',
    'in.txt ready, out.txt ready, out.txt_7 ready, log.tgz ready',
  ],
  [
    'outputs named by a pattern',
    aCase({
      files: [{ ...out, lfn: 'regex|^hist.*\\.root$' }, log],
      report: { 'hist1.root': good, 'histo2.root': good, 'log.tgz': good },
    }),
    'finished',
    'hist1.root ready, histo2.root ready, log.tgz ready',
  ],
  [
    'a pattern that is none fits nothing',
    aCase({ files: [{ ...out, lfn: 'regex|((' }, log], report: { 'hist1.root': good, 'log.tgz': good } }),
    'failed pilot produced hist1.root inconsistently with jobdef',
    'regex|(( failed, log.tgz failed',
  ],
  [
    'a file stored under another name',
    aCase({ report: { 'out.txt': { ...good, full_lfn: '/store/out.txt' }, 'log.tgz': good } }),
    'finished',
    'in.txt ready, /store/out.txt ready, log.tgz ready',
  ],
  [
    'inputs that another job has by now',
    aCase({ hasLostInputs: true }),
    'failed inconsistent file status between Panda and JEDI. failed to avoid duplicated processing caused by synchronization failure',
    'in.txt ready, out.txt defined, log.tgz defined',
  ],
];

test.for(cases)('%s', ([, given, outcome, files]) => {
  const judged = judge(given);
  const { ddm } = judged.errors;
  expect(ddm?.code ?? 200).toBe(200);
  expect(`${judged.state}${ddm === undefined ? '' : ` ${ddm.diag}`}`).toBe(outcome);
  expect(judged.files.map(({ lfn, status }) => `${lfn} ${status}`).join(', ')).toBe(files);
});

test('a reported file keeps what the report says, adler before md5, and what the payload counted', () => {
  const md5 = '0123456789abcdef0123456789abcdef';
  const metadata = JSON.stringify({
    files: { output: [{ subFiles: [{ name: 'out.txt', nentries: '42', file_guid: 'own' }, 7] }, null] },
  });
  const report = { 'out.txt': { ...good, md5sum: md5 }, 'log.tgz': { guid: 'l', fsize: '3', md5sum: md5 } };
  const [, first, second] = judge(aCase({ report, metadata })).files;
  expect(first).toMatchObject({
    guid: 'own',
    sizeBytes: 6,
    checksum: 'ad:0768025e',
    surl: 'file://x',
    endpoint: 'OTHER',
    nEvents: 42,
  });
  expect(second).toMatchObject({ guid: 'l', sizeBytes: 3, checksum: `md5:${md5}`, endpoint: 'DISK' });
});

test("the pilot's count of events stands for production jobs without a report of the payload", () => {
  const events = (given: Case) => judge(given).files.map(({ nEvents }) => nEvents);
  expect(events(aCase({ label: 'managed', nEvents: 9 }))).toEqual([null, 9, null]);
  expect(events(aCase({ label: 'user', nEvents: 9 }))).toEqual([null, null, null]);
  expect(events(aCase({ label: 'managed', nEvents: 9, metadata: '{}' }))).toEqual([null, null, null]);
});

test('whatever a pilot sends is judged: no text throws, and a job that finished has every output it must have', () => {
  const entry = fc.record({
    guid: fc.oneof(fc.string(), fc.constant(null)),
    fsize: fc.oneof(fc.integer(), fc.string(), fc.constant(null)),
    adler32: fc.oneof(fc.string(), fc.constant(null)),
  });
  const name = fc.oneof(
    fc.constantFrom('out.txt', 'log.tgz', 'in.txt', 'out.txt_1', '__proto__'),
    fc.string(),
  );
  const report = fc.oneof(
    fc.string(),
    fc.json(),
    fc.dictionary(name, entry).map((one) => JSON.stringify(one)),
  );
  fc.assert(
    fc.property(
      report,
      fc.constantFrom('finished' as const, 'failed' as const),
      fc.json(),
      (text, state, metadata) => {
        const judged = judge(aCase({ report: text, state, metadata }));
        const made = judged.files.filter(({ type }) => type === 'output' || type === 'log');
        if (judged.state === 'finished') expect(made.every(({ status }) => status === 'ready')).toBe(true);
        if (state === 'failed') expect(judged.state).toBe('failed');
      },
    ),
  );
});

test('readers take any text', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      readOutputReport(text, new Set());
      readPayloadFiles(text);
    }),
  );
  expect(readPayloadFiles(null).events.size).toBe(0);
});
