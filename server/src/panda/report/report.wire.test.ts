import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anonymousIdentity, createIdentity, createPermissions } from '../../core/auth/index.ts';
import { checkArguments } from '../front/arguments.ts';
import type { Caller } from '../front/caller.ts';
import { Fields } from '../front/fields.ts';
import { pandaPermissions } from '../permissions.ts';
import { figureColumns, figures } from './figures.ts';
import type { Report } from './report.ts';
import { fieldsOfV1, ReportRefusal, readReport, updateJobParameters } from './report.wire.ts';

const permissions = createPermissions([pandaPermissions]);

function callerWith(...scopes: Array<string | null>): Caller {
  const anonymous = anonymousIdentity(permissions);
  const identity = createIdentity(permissions, {
    ...anonymous,
    kind: 'account',
    name: 'pilots',
    grants: scopes.map((scope) => ({ role: 'panda.pilot', scope })),
  });
  return { identity } as Caller;
}

const pilot = callerWith(null);

function read(fields: Record<string, string>): Report {
  return readReport(
    new Fields(new Map(Object.entries({ jobId: '1', state: 'running', ...fields }))),
    pilot,
    'legacy',
  );
}

function readV1(values: Record<string, unknown>): Report {
  const checked = checkArguments(updateJobParameters, { job_id: 1, job_status: 'running', ...values });
  return readReport(fieldsOfV1(checked), pilot, 'v1');
}

test('texts are cut to what the reference has room for', () => {
  const long = 'x'.repeat(5000);
  const names = [
    'node',
    'pilotID',
    'batchID',
    'jobSubStatus',
    'jobMetrics',
    'stdout',
    'pilotErrorDiag',
    'exeErrorDiag',
  ];
  const report = read(Object.fromEntries([...names, 'cpu_architecture_level'].map((name) => [name, long])));
  expect([report.node, report.pilotId, report.batchId, report.subStatus].map((text) => text?.length)).toEqual(
    [128, 200, 80, 80],
  );
  expect([report.jobMetrics?.length, report.stdout?.length]).toEqual([500, 2048]);
  expect(report.errors).toMatchObject({ pilot: { diag: 'x'.repeat(500) }, exe: { diag: 'x'.repeat(500) } });
  expect(report.facts.cpu_architecture_level).toHaveLength(20);
});

test('a negative pilot error is kept without its sign, an exit code as it is', () => {
  const { errors } = read({
    pilotErrorCode: '-1135',
    pilotErrorDiag: 'stage-out',
    transExitCode: '-9',
    exeErrorCode: '65',
  });
  expect(errors).toEqual({
    pilot: { code: 1135, diag: 'stage-out' },
    exe: { code: 65 },
    trans: { code: -9 },
  });
});

test('totals come in bytes and rates as they are; v1 sends both in bytes', () => {
  const legacy = read({
    totRCHAR: '10240',
    rateRCHAR: '10240',
    maxRSS: '2048',
    avgRSS: '1024.7',
    meanCoreCount: '1.5',
  });
  expect(legacy.figures).toEqual({
    tot_rchar_kb: 10,
    rate_rchar: 10_240,
    max_rss_kb: 2048,
    avg_rss_kb: 1024,
    mean_cores: 1.5,
  });
  const v1 = readV1({ tot_rchar: 10_240, rate_rchar: 10_240, max_rss: 2048 });
  expect(v1.figures).toEqual({ tot_rchar_kb: 10, rate_rchar: 10, max_rss_kb: 2048 });
});

test('figures are cut to ten digits, and what is no number is passed over', () => {
  const report = read({
    totRBYTES: '1e30',
    nEvents: '99999999999999',
    maxRSS: 'much',
    coreCount: '',
    cpuConsumptionTime: '1e12',
  });
  expect(report.figures).toEqual({
    tot_rbytes_kb: 9_999_999_999,
    n_events: 9_999_999_999,
    cpu_seconds: 2_147_483_647,
  });
});

test('the leak of the payload is read out of its metrics', () => {
  const report = read({ jobMetrics: 'coreCount=8 leak=-12.75 chi2=1.5 nEvents=10' });
  expect(report.figures).toEqual({ memory_leak: -12, memory_leak_x2: 1.5 });
  expect(report.jobMetrics).toBe('coreCount=8 leak=-12.75 chi2=1.5 nEvents=10');
});

test.each([
  ['2026-11-22 00:41:26', '2026-11-22T00:41:26.000Z'],
  ['1795308086.068831', null],
  ['2026-13-45 00:00:00', null],
  ['yesterday', null],
])('the start %s is read as %s', (startTime, expected) => {
  expect(read({ startTime }).startedAt?.toISOString() ?? null).toBe(expected);
});

test.each([
  [{ jobId: 'NaN' }, 'job'],
  [{ jobId: '0' }, 'job'],
  [{ jobId: '-3' }, 'job'],
  [{ state: 'activated' }, 'state'],
  [{ state: '' }, 'state'],
])('%j is no report', (fields, what) => {
  expect(() => read(fields)).toThrow(expect.objectContaining({ what }));
  expect(() => read(fields)).toThrow(ReportRefusal);
});

test('an attempt that is no number is that of the job, one that cannot be is a wrong one', () => {
  expect(read({ attemptNr: 'x' }).attempt).toBeNull();
  expect(read({}).attempt).toBeNull();
  expect(read({ attemptNr: '99999999999' }).attempt).toBe(-1);
});

test('who may speak for which VOs follows from the grants', () => {
  const vosOf = (caller: Caller) =>
    readReport(
      new Fields(
        new Map([
          ['jobId', '1'],
          ['state', 'running'],
        ]),
      ),
      caller,
      'legacy',
    ).vos;
  expect(vosOf(pilot)).toBeNull();
  expect(vosOf(callerWith('atlas', 'belle'))).toEqual(['atlas', 'belle']);
});

test('every figure has a column and an argument in both forms of the call', () => {
  expect(figures).toHaveLength(21);
  expect(figureColumns.map(({ column }) => column)).toContain('job_metrics');
  for (const { v1 } of figures) expect(updateJobParameters).toHaveProperty(v1);
});

test('whatever is sent, texts fit into the database and numbers into their columns', () => {
  const names = [
    ...figures.map(({ legacy }) => legacy),
    'attemptNr',
    'pilotErrorCode',
    'transExitCode',
    'xml',
    'metaData',
    'node',
  ];
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.double().map(String), fc.integer().map(String));
  const property = fc.property(
    fc.dictionary(fc.constantFrom(...names, 'jobMetrics', 'stdout'), value),
    (fields) => {
      const report = read(fields);
      const texts = JSON.stringify(report);
      expect(texts).not.toMatch(/\\u0000|\\ud[89a-f]/i);
      for (const number of Object.values(report.figures)) expect(Math.abs(number)).toBeLessThanOrEqual(1e30);
    },
  );
  fc.assert(property, { numRuns: 150 });
});
