import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import { readJob, submitJobs } from '../submit/index.ts';

const server = await testServer([panda], { 'panda.factory.idleSeconds': '1' });
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
