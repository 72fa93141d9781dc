import { expect, test } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import { forgetQueues } from '../queues/queues.ts';
import { findJobStory, readJob, submitJobs } from './index.ts';
import type { NewJob } from './job.ts';
import { priorityOf } from './priority.ts';

const { core } = await testServer([panda]);
const { sql } = core.db;
// Not LOCAL, which has pilots of its own.
await sql`
  insert into panda.queue (queue, site, status, status_by, document)
  values ('REMOTE', 'REMOTE', 'online', 'test', '{"nickname": "REMOTE", "corepower": 12}')`;
forgetQueues(core);
const ann = { name: 'Ann', accountId: 7, vo: null, isProduction: false };

/** A dictionary that a real pilot ran to its end. */
const given = {
  StatusCode: 0,
  siteName: 'REMOTE',
  PandaID: 1001,
  taskID: 501,
  jobsetID: 77,
  jobDefinitionID: 77,
  reqID: 501,
  jobName: 'local.test.job.1001',
  attemptNr: 1,
  prodSourceLabel: 'user',
  processingType: 'panda-client-test',
  prodUserID: 'Test User',
  cloud: 'LOCAL',
  transformation: '{server}/trf/user/runLocal-00-00-01',
  jobPars: 'out.txt alpha beta',
  swRelease: 'NULL',
  coreCount: 1,
  minRamCount: 100,
  maxDiskCount: 100,
  maxCpuCount: 3600,
  maxWalltime: '3600',
  currentPriority: 1234,
  destinationSE: 'LOCAL',
  resource_type: 'SCORE',
  inFiles: 'in.txt',
  GUID: 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee',
  checksum: 'md:0123456789abcdef0123456789abcdef',
  fsize: '19',
  outFiles: 'out.txt,job.log.tgz',
  scopeOut: 'user.tester',
  scopeLog: 'user.logs',
  logFile: 'job.log.tgz',
  logGUID: '0f1a2b3c-1111-4222-8333-444455556666',
  realDatasets: 'user.tester.out/,user.tester.log/',
  destinationDblock: 'user.tester.out_sub1,user.tester.log_sub2',
  destinationDBlockToken: 'NULL,NULL',
  ddmEndPointOut: 'LOCAL_DATADISK,LOCAL_DATADISK',
  fileDestinationSE: 'LOCAL,LOCAL',
  ioIntensity: null,
  nSent: 0,
  loopingCheck: false,
};

async function storyOf(jobId: number) {
  const story = await findJobStory(sql, jobId);
  if (story === null) throw new Error(`no job ${jobId}`);
  return story;
}

test('a submitted dictionary becomes a job that pilots get with the same words', async () => {
  const [jobId = 0] = await submitJobs(core, ann, [readJob(given)]);
  await eventually(async () => expect((await storyOf(jobId)).job.status).toBe('activated'));
  const { job, files, history } = await storyOf(jobId);
  expect(job).toMatchObject({
    queue: 'REMOTE',
    hs06: 12,
    owner: 'Ann',
    ownerAccountId: 7,
    vo: 'local',
    requestId: 501,
    taskId: null,
    attempt: 1,
    maxAttempt: 3,
    walltimeSeconds: 3600,
    resourceType: 'SCORE',
  });
  expect(files.map(({ type, lfn, scope, status }) => [type, lfn, scope, status])).toEqual([
    ['input', 'in.txt', null, 'ready'],
    ['output', 'out.txt', 'user.tester', 'defined'],
    ['log', 'job.log.tgz', 'user.logs', 'defined'],
  ]);
  expect(history.map(({ status, why }) => `${status}: ${why}`)).toEqual([
    'defined: submitted by Ann',
    'activated: ready for a pilot',
  ]);
  const [spec] = await sql<{ document: string }[]>`
    select document from panda.job_spec where job_id = ${jobId}`;
  const document = JSON.parse(spec?.document ?? '') as Record<string, unknown>;
  const log = files.find(({ type }) => type === 'log');
  expect(log?.guid).toMatch(/^[0-9a-f-]{36}$/);
  expect(log?.guid).not.toBe(given.logGUID);
  const { currentPriority: _asked, siteName: _queue, ...rest } = given;
  expect(document).toMatchObject({
    ...rest,
    PandaID: jobId,
    prodUserID: 'Ann',
    transformation: '/trf/user/runLocal-00-00-01',
    maxWalltime: 3600,
    logGUID: log?.guid,
  });
});

test('only a production role sets priority, share and owner, and submits other labels', async () => {
  const managed = { ...given, prodSourceLabel: 'managed', gshare: 'Some Share' };
  await expect(submitJobs(core, ann, [readJob(managed)])).rejects.toMatchObject({
    code: 'panda.job-invalid',
  });
  const operator = { ...ann, accountId: 8, isProduction: true };
  const [high = 0] = await submitJobs(core, operator, [readJob(managed)]);
  expect((await storyOf(high)).job).toMatchObject({
    label: 'managed',
    priority: 1234,
    owner: 'Test User',
    share: 'Some Share',
    maxAttempt: 1,
  });
});

test("a user's own jobs fall behind each other by a point for every five", async () => {
  const bob = { ...ann, name: 'Bob', accountId: 9 };
  const jobs = Array.from({ length: 12 }, () => readJob(given));
  const jobIds = await submitJobs(core, bob, jobs);
  const [later = 0] = await submitJobs(core, bob, [readJob(given)]);
  const priorities = await Promise.all(
    [...jobIds, later].map(async (id) => (await storyOf(id)).job.priority),
  );
  expect(priorities).toEqual([1000, 1000, 1000, 1000, 1000, 999, 999, 999, 999, 999, 998, 998, 998]);
  expect((await storyOf(later)).job.assignedPriority).toBe(1000);
});

test.for([
  ['install', null, null, 4100],
  ['user', 'express', null, 6000],
  ['panda', 'express', null, 6500],
  ['panda', null, null, 2000],
  ['user', null, 'phys-higgs', 2000],
  ['user', null, null, 980],
  ['managed', null, null, 1000],
  ['managed', 'pmerge', null, 5000],
] as const)(
  'priority of label %s, processing %s, group %s is %i',
  ([label, processingType, workingGroup, is]) => {
    expect(priorityOf({ label, processingType, workingGroup, ownerJobs: 100 })).toBe(is);
  },
);

test.for([
  ['not an object', [1], 'A job is an object'],
  ['no transformation', { jobPars: 'x' }, 'has no transformation'],
  ['a blank in the transformation', { transformation: 'a b' }, 'has no transformation'],
  ['lists of two lengths', { ...given, realDatasets: 'a' }, 'realDatasets has 1 entries, outFiles has 2'],
  ['scopes for the log too', { ...given, scopeOut: 'a,b' }, 'scopeOut has 2 entries'],
  ['a log that is no output', { ...given, logFile: 'other' }, 'does not stand in outFiles'],
  ['a name twice', { ...given, outFiles: 'a,a' }, 'names a twice'],
  ['an empty name', { ...given, outFiles: 'a,' }, 'is empty'],
  ['a size that is none', { ...given, fsize: 'big' }, 'fsize'],
  ['cores that are no number', { ...given, coreCount: 'many' }, 'coreCount must be a number'],
  ['cores below zero', { ...given, coreCount: -1 }, 'coreCount must be between'],
  ['parameters that are a list', { ...given, jobPars: ['a'] }, 'jobPars must be a text'],
  ['a zero byte', { ...given, jobPars: 'a\0' }, 'without the character zero'],
] as const)('%s is refused with a sentence', ([, dictionary, sentence]) => {
  expect(() => readJob(dictionary)).toThrow(sentence);
});

test('a list of jobs is taken whole or not at all', async () => {
  const [{ before } = { before: 0 }] = await sql<
    { before: number }[]
  >`select count(*)::int as before from panda.job`;
  const elsewhere: NewJob = { ...readJob(given), queue: 'NOWHERE' };
  const submitted = submitJobs(core, ann, [readJob(given), elsewhere]);
  await expect(submitted).rejects.toMatchObject({ code: 'panda.queue-unknown' });
  await expect(submitJobs(core, ann, [])).rejects.toMatchObject({ code: 'panda.job-invalid' });
  const [after] = await sql<{ n: number }[]>`select count(*)::int as n from panda.job`;
  expect(after?.n).toBe(before);
});
