import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { testServer } from '../../../../test/support/server.ts';
import { killJobs } from '../control/control.ts';
import { serverPart } from '../control/controller.ts';
import { panda } from '../index.ts';
import { forgetQueues, putQueue, queueOf } from '../queues/queues.ts';
import { readJob, submitJobs } from '../submit/index.ts';
import { listPilotRuns } from './pilot-run.store.ts';

const server = await testServer([panda], {
  'panda.factory.idleSeconds': '1',
  'panda.factory.heartbeatSeconds': '1',
});
const { core } = server;
const owner = { name: 'Test User', accountId: null, vo: 'local', isProduction: false };

async function submit(wish: Record<string, unknown>): Promise<number> {
  const job = readJob({
    jobName: 'a job of a test',
    prodSourceLabel: 'user',
    transformation: '/trf/user/runLocal-00-00-01',
    coreCount: 1,
    scopeOut: 'user.tester',
    scopeLog: 'user.tester',
    ...wish,
  });
  const [jobId] = await submitJobs(core, owner, [job]);
  return jobId as number;
}

test('a job of a fresh installation runs with nothing else installed', async () => {
  const jobId = await submit({
    jobPars: 'out.txt one two',
    outFiles: 'out.txt,job.log.tgz',
    logFile: 'job.log.tgz',
    ddmEndPointOut: 'LOCAL_DATADISK,LOCAL_DATADISK',
    realDatasets: 'user.tester.out/,user.tester.log/',
    destinationDblock: 'user.tester.out,user.tester.log',
  });
  await eventually(async () => {
    const [job] = await core.db
      .sql`select status from panda.job_history where job_id = ${jobId} and status = 'running'`;
    expect(job).toBeDefined();
  }, 30_000);
  await eventually(async () => {
    const [job] = await core.db.sql`select status, errors from panda.job_archive where job_id = ${jobId}`;
    expect(job).toMatchObject({ status: 'finished', errors: null });
  }, 30_000);
  const files = await core.db.sql<{ lfn: string; surl: string; status: string }[]>`
    select lfn, surl, status from panda.file where job_id = ${jobId} order by lfn desc`;
  expect(files).toMatchObject([
    { lfn: 'out.txt', status: 'ready' },
    { lfn: 'job.log.tgz', status: 'ready' },
  ]);
  const [output = '', log = ''] = files.map(({ surl }) => new URL(surl).pathname);
  expect(output.startsWith(path.join(server.dataDir, 'storage'))).toBe(true);
  expect(await readFile(output, 'utf8')).toMatch(/^one two\n/);
  expect(gunzipSync(await readFile(log)).toString('latin1')).toContain('hello from');
}, 60_000);

/** The live or final row of a job. */
async function rowOf(jobId: number) {
  const [row] = await core.db.sql<{ status: string; attempt: number; errorCode: number | null }[]>`
    select status, attempt, error_code from panda.job where job_id = ${jobId}
    union all select status, attempt, error_code from panda.job_archive where job_id = ${jobId}`;
  return row;
}

const toTheLog = {
  outFiles: 'other.log.tgz',
  logFile: 'other.log.tgz',
  scopeOut: '',
  ddmEndPointOut: 'LOCAL_DATADISK',
  realDatasets: 'user.tester.log/',
  destinationDblock: 'user.tester.log',
};

test('a job whose pilot is gone is begun again at once, by another pilot', async () => {
  const jobId = await submit({ ...toTheLog, jobPars: 'out.txt --sleep 3' });
  await eventually(async () => expect(await rowOf(jobId)).toMatchObject({ status: 'running' }), 30_000);
  const pilot = (await listPilotRuns(core.db.sql, 'LOCAL')).find(({ endedAt }) => endedAt === null);
  await core.compute.cancel(pilot?.runId ?? '', 'the test wants it');
  await eventually(
    async () => expect(await rowOf(jobId)).toMatchObject({ status: 'finished', attempt: 2 }),
    40_000,
  );
}, 90_000);

test('a payload finds no token and no folder of the server, and what it forks ends with it', async () => {
  const look = 'ls token ../token ../../token /job/token; cat /proc/*/environ | tr "\\0" "\\n" | grep -c eyJ';
  const jobId = await submit({
    ...toTheLog,
    outFiles: 'seen.txt',
    logFile: '',
    scopeOut: 'user.tester',
    jobPars: `seen.txt --run sh -c '${look}; ls ${server.dataDir}; true' 2>&1`,
    realDatasets: 'user.tester.out/',
    destinationDblock: 'user.tester.out',
  });
  await eventually(async () => expect(await rowOf(jobId)).toMatchObject({ status: 'finished' }), 40_000);
  const [file] = await core.db.sql<{ surl: string }[]>`select surl from panda.file where job_id = ${jobId}`;
  expect((await readFile(new URL(file?.surl ?? '').pathname, 'utf8')).trim()).toBe('0');
}, 60_000);

test('what a job leaves behind in disguise is gone before the next job of the same pilot begins', async () => {
  const local = await queueOf(core, 'LOCAL');
  const one = {
    nickname: 'ONE',
    panda_resource: 'ONE',
    pilotFactory: { backend: 'local', pilot: 'own', max: 1 },
  };
  await putQueue(core, { name: 'a test' }, { ...local?.document, ...one });
  forgetQueues(core);
  const where = {
    computingSite: 'ONE',
    realDatasets: 'user.tester.out/',
    destinationDblock: 'user.tester.o',
  };
  const common = { ...toTheLog, ...where, logFile: '', scopeOut: 'user.tester' };
  const hide = "sh -c 'env -i setsid sleep 987 >/dev/null 2>&1 & sleep 0.2'";
  const look = 'sh -c \'cat /proc/*/cmdline | tr "\\0" " " | grep -c "sleep 98[7]"; true\'';
  const ids = [
    await submit({ ...common, outFiles: 'hide.txt', jobPars: `hide.txt --run ${hide}` }),
    await submit({ ...common, outFiles: 'look.txt', jobPars: `look.txt --run ${look}` }),
  ];
  for (const jobId of ids) {
    await eventually(async () => expect(await rowOf(jobId)).toMatchObject({ status: 'finished' }), 40_000);
  }
  const [, seen] = await core.db.sql<{ surl: string }[]>`
    select surl from panda.file where job_id = any(${ids}::bigint[]) order by job_id`;
  expect((await readFile(new URL(seen?.surl ?? '').pathname, 'utf8')).trim()).toBe('0');
  const pilots = await core.db.sql<{ n: number }[]>`
    select count(distinct scheduler_id)::int as n from panda.job_archive where job_id = any(${ids}::bigint[])`;
  expect(pilots[0]?.n).toBe(1);
}, 90_000);

test('a job that its owner kills ends within a heartbeat', async () => {
  const jobId = await submit({ ...toTheLog, jobPars: 'out.txt --sleep 300' });
  await eventually(async () => expect(await rowOf(jobId)).toMatchObject({ status: 'running' }), 30_000);
  expect(await killJobs(core, serverPart('a test'), [jobId], { code: 91 })).toEqual([true]);
  await eventually(async () => expect(await rowOf(jobId)).toMatchObject({ status: 'cancelled' }), 40_000);
}, 90_000);

test('a queue of a VO gets pilots that speak for that VO', async () => {
  const queue = await queueOf(core, 'LOCAL');
  const document = { ...queue?.document, nickname: 'ASTRO', panda_resource: 'ASTRO', vo_name: 'astro' };
  await putQueue(core, { name: 'a test' }, document);
  forgetQueues(core);
  const jobId = await submit({ ...toTheLog, jobPars: 'out.txt', computingSite: 'ASTRO', VO: 'astro' });
  await eventually(async () => expect(await rowOf(jobId)).toMatchObject({ status: 'finished' }), 40_000);
  await eventually(async () => {
    const pilots = await listPilotRuns(core.db.sql, 'ASTRO');
    expect(pilots.every(({ endedAt, runId }) => endedAt !== null && runId === null)).toBe(true);
  }, 20_000);
}, 90_000);

test('pilots that ended leave their last words, and nothing else', async () => {
  await eventually(async () => {
    const pilots = await listPilotRuns(core.db.sql, 'LOCAL');
    expect(pilots.filter(({ endedAt, runId }) => endedAt === null || runId !== null)).toEqual([]);
    expect(pilots.length).toBeGreaterThan(0);
    expect(
      pilots.some(({ jobs, lastWords }) => (jobs ?? 0) > 0 && lastWords?.includes('the pilot ends')),
    ).toBe(true);
    const [left] = await core.db.sql`
      select (select count(*) from core.compute_run)::int as runs,
        (select count(*) from core.api_token where label like 'a pilot of%' and revoked_at is null)::int as tokens`;
    expect(left).toEqual({ runs: 0, tokens: 0 });
  }, 40_000);
}, 60_000);
