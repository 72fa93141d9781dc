import { beforeAll, expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { aPilot } from '../../../../test/support/pilot.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';

const server = await testServer([panda]);
const { db } = server.core;
const pilot = await aPilot(server);

beforeAll(() => server.core.queue.pause('panda.add-output'));

/** Every argument of a report: its name in updateJob and in update_job, what is sent, and where that stands then. */
const told: ReadonlyArray<
  readonly [legacy: string, v1: string, sent: unknown, place: string, stored: unknown]
> = [
  ['node', 'node', 'slot1@wn', 'job.node', 'slot1@wn'],
  ['schedulerID', 'scheduler_id', 's', 'job.schedulerId', 's'],
  ['pilotID', 'pilot_id', 'p|PR|3', 'job.pilotId', 'p|PR|3'],
  ['batchID', 'batch_id', 'b.1', 'job.batchId', 'b.1'],
  ['startTime', 'start_time', '2026-11-22 00:00:01', 'job.startedAt', new Date('2026-11-22T00:00:01Z')],
  ['endTime', 'end_time', '2026-11-22 00:00:09', 'job.endedAt', new Date('2026-11-22T00:00:09Z')],
  ['metaData', 'meta_data', '{"m": 1}', 'text.metadata', '{"m": 1}'],
  ['pilotLog', 'pilot_log', 'the log', 'text.pilot-log', 'the log'],
  ['stdout', 'stdout', 'the output', 'debug.stdout', 'the output'],
  ['xml', 'job_output_report', '{"f": {}}', 'report.report', '{"f": {}}'],
  ['transExitCode', 'trans_exit_code', 3, 'errors.trans', { code: 3, diag: '' }],
  ['pilotErrorCode', 'pilot_error_code', -1305, 'errors.pilot', { code: 1305, diag: 'pd' }],
  ['pilotErrorDiag', 'pilot_error_diag', 'pd', 'errors.pilot', { code: 1305, diag: 'pd' }],
  ['exeErrorCode', 'exe_error_code', 7, 'errors.exe', { code: 7, diag: 'ed' }],
  ['exeErrorDiag', 'exe_error_diag', 'ed', 'errors.exe', { code: 7, diag: 'ed' }],
  ['cpuConsumptionTime', 'cpu_consumption_time', 11, 'figures.cpuSeconds', 11],
  ['cpuConsumptionUnit', 'cpu_consumption_unit', 's+CPU+AVX2', 'facts.cpuConsumptionUnit', 's+CPU+AVX2'],
  ['cpuConversionFactor', 'cpu_conversion_factor', 1.5, 'facts.cpuConversion', '1.5'],
  [
    'cpu_architecture_level',
    'cpu_architecture_level',
    'x86_64-v3',
    'facts.cpu_architecture_level',
    'x86_64-v3',
  ],
  ['coreCount', 'core_count', 8, 'figures.cores', 8],
  ['meanCoreCount', 'mean_core_count', 7.5, 'figures.meanCores', 7.5],
  ['nEvents', 'n_events', 100, 'figures.nEvents', 100],
  ['nInputFiles', 'n_input_files', 2, 'figures.nInputFiles', 2],
  ['pilotTiming', 'pilot_timing', '0|0|3|0|0|0', 'facts.pilotTiming', '0|0|3|0|0|0'],
  ['jobMetrics', 'job_metrics', 'leak=1.5 chi2=2.5', 'figures.jobMetrics', 'leak=1.5 chi2=2.5'],
  ['jobSubStatus', 'job_sub_status', 'done', 'job.subStatus', 'done'],
  ['maxRSS', 'max_rss', 21, 'figures.maxRssKb', 21],
  ['maxVMEM', 'max_vmem', 22, 'figures.maxVmemKb', 22],
  ['maxSWAP', 'max_swap', 23, 'figures.maxSwapKb', 23],
  ['maxPSS', 'max_pss', 24, 'figures.maxPssKb', 24],
  ['avgRSS', 'avg_rss', 25, 'figures.avgRssKb', 25],
  ['avgVMEM', 'avg_vmem', 26, 'figures.avgVmemKb', 26],
  ['avgSWAP', 'avg_swap', 27, 'figures.avgSwapKb', 27],
  ['avgPSS', 'avg_pss', 28, 'figures.avgPssKb', 28],
  ['totRCHAR', 'tot_rchar', 1024, 'figures.totRcharKb', 1],
  ['totWCHAR', 'tot_wchar', 2048, 'figures.totWcharKb', 2],
  ['totRBYTES', 'tot_rbytes', 3072, 'figures.totRbytesKb', 3],
  ['totWBYTES', 'tot_wbytes', 4096, 'figures.totWbytesKb', 4],
  ['grid', 'grid', 'G', 'facts.grid', 'G'],
  ['source_site', 'source_site', 'S', 'facts.sourceSite', 'S'],
  ['destination_site', 'destination_site', 'D', 'facts.destinationSite', 'D'],
];
/** Rates stay as they are in updateJob, and come in bytes in update_job. */
const rates = ['RCHAR', 'WCHAR', 'RBYTES', 'WBYTES'] as const;
/** What is taken and kept nowhere. */
const tolerated = {
  siteName: 'Q',
  timestamp: '2026-11-22T00:00:00',
  corruptedFiles: 'a,b',
  token: 't',
  workdir: '/w',
};
const others = { remainingSpace: 1, messageLevel: 2, computingElement: 'ce', timeout: 60, anything: 'else' };

type Row = Record<string, unknown>;

async function storedOf(jobId: number): Promise<Record<string, Row>> {
  const one = async (rows: PromiseLike<Row[]>): Promise<Row> => (await rows)[0] ?? {};
  const job = await one(db.sql<Row[]>`select * from panda.job where job_id = ${jobId}`);
  const texts = await db.sql<{ kind: string; content: string }[]>`
    select kind, content from panda.job_text where job_id = ${jobId}`;
  return {
    job,
    facts: job.facts as Row,
    errors: job.errors as Row,
    figures: await one(db.sql<Row[]>`select * from panda.heartbeat where job_id = ${jobId}`),
    debug: await one(db.sql<Row[]>`select * from panda.job_debug where job_id = ${jobId}`),
    report: await one(db.sql<Row[]>`select * from panda.output_report where job_id = ${jobId}`),
    text: Object.fromEntries(texts.map(({ kind, content }) => [kind, content])),
  };
}

test.each(['legacy', 'v1'] as const)(
  'everything that a report may say is kept where it belongs: %s',
  async (form) => {
    const { jobId } = await aJob(db, { status: 'running', attempt: 2 });
    const isLegacy = form === 'legacy';
    const said = Object.fromEntries(told.map(([legacy, v1, sent]) => [isLegacy ? legacy : v1, sent]));
    const paces = rates.map((name): [string, number] => [
      isLegacy ? `rate${name}` : `rate_${name.toLowerCase()}`,
      5120,
    ]);
    const report = { ...said, ...Object.fromEntries(paces) };
    const answer = isLegacy
      ? await pilot.call('updateJob', {
          jobId,
          state: 'failed',
          attemptNr: 2,
          ...report,
          ...tolerated,
          ...others,
        })
      : (
          await pilot.v1('pilot/update_job', {
            ...{ job_id: jobId, job_status: 'failed', attempt_nr: 2, ...report },
            ...{ site_name: 'Q', corrupted_files: 'a,b', timeout: 60 },
          })
        ).data;
    expect(answer).toEqual({ StatusCode: 0, command: 'NULL' });
    const stored = await storedOf(jobId);
    for (const [legacy, , , place, expected] of told) {
      const [part = '', name = ''] = place.split(/\.(.*)/s);
      expect([legacy, stored[part]?.[name]]).toEqual([legacy, expected]);
    }
    for (const name of ['rateRchar', 'rateWchar', 'rateRbytes', 'rateWbytes']) {
      expect([name, stored.figures?.[name]]).toEqual([name, isLegacy ? 5120 : 5]);
    }
    expect(stored.figures).toMatchObject({ memoryLeak: 1, memoryLeakX2: 2.5 });
    expect(stored.job).toMatchObject({ status: 'holding', reported: true, attempt: 2 });
    expect(stored.report).toMatchObject({ state: 'failed', attempt: 2 });
  },
);
