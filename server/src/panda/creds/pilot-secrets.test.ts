import { beforeEach, expect, test } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { aJob } from '../../../../test/support/panda.ts';
import { aPilot } from '../../../../test/support/pilot.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import { listPilotSecrets, removePilotSecret, setPilotSecret } from './pilot-secrets.ts';

const server = await testServer([panda]);
const thrifty = await testServer([panda], { 'panda.creds.givePilotSecrets': 'false' }, server);
const { context } = server.core.auth;
const { db } = server.core;
const actor = { name: 'operator' };
const pilot = await aPilot(server);
const value = 'correct horse battery';
const text = `{"logstash_login": "orrery", "logstash_password": "${value}"}`;
let queue: string;
let count = 0;

beforeEach(async () => {
  count += 1;
  queue = `SECRETS_${count}`;
  await setPilotSecret(context, actor, 'logstash_login', 'orrery');
  await setPilotSecret(context, actor, 'logstash_password', value);
  const { jobId } = await aJob(db, { status: 'running', debug: true });
  await eventually(async () => expect(await report(jobId)).toHaveProperty('pilotSecrets', text));
});

const getJob = (change: object = {}) =>
  pilot.call('getJob', { siteName: queue, prodSourceLabel: 'user', ...change });
const report = (jobId: number, state = 'running') => pilot.call('updateJob', { jobId, state });

test('the pilot of a job in debug mode gets them with its job, the pilot of another one does not', async () => {
  const quiet = await aJob(db, { queue });
  const debugged = await aJob(db, { queue, debug: true });
  expect(await getJob()).not.toHaveProperty('pilotSecrets');
  expect(await getJob()).toMatchObject({ PandaID: debugged.jobId, debug: 'True', pilotSecrets: text });
  const [another, open] = [await aJob(db, { queue }), await aJob(db, { queue, debug: true })];
  const { jobs } = (await getJob({ nJobs: 2 })) as { jobs: Record<string, unknown>[] };
  expect(jobs.map(({ PandaID, pilotSecrets }) => [PandaID, pilotSecrets])).toEqual([
    [another.jobId, undefined],
    [open.jobId, text],
  ]);
  await aJob(db, { queue, debug: true });
  const { data } = await pilot.v1('pilot/acquire_jobs', { site_name: queue, prod_source_label: 'user' });
  expect(data).toMatchObject({ jobs: [{ pilotSecrets: text }] });
  expect(quiet.debug).toBe(false);
});

test('every answer to a report of such a job has them, one by one and in bulk', async () => {
  const debugged = await aJob(db, { status: 'running', debug: true, command: 'tail payload.stdout' });
  const quiet = await aJob(db, { status: 'running', command: 'nocleanup' });
  const commanded = { StatusCode: 0, command: 'debug,tail payload.stdout', pilotSecrets: text };
  expect(await report(debugged.jobId)).toEqual(commanded);
  expect(await report(debugged.jobId, 'starting')).toEqual(commanded);
  expect(await report(quiet.jobId)).toEqual({ StatusCode: 0, command: 'nocleanup' });
  expect(await pilot.v1('pilot/update_job', { job_id: debugged.jobId, job_status: 'running' })).toEqual({
    success: true,
    message: '',
    data: commanded,
  });
  const reports = [debugged, quiet].map(({ jobId }) => ({ jobId, state: 'running' }));
  const bulk = await pilot.call('updateJobsInBulk', { jobList: JSON.stringify(reports) });
  const [, answers] = Object.values(bulk) as [boolean, { content: string }[]];
  expect(answers.map(({ content }) => JSON.parse(content))).toEqual([
    commanded,
    { StatusCode: 0, command: 'nocleanup' },
  ]);
  expect(await report(99_999_999)).toEqual({ StatusCode: 0, command: 'tobekilled' });
});

test('a pilot that takes no JSON finds them in its query string', async () => {
  const { jobId } = await aJob(db, { status: 'running', debug: true });
  const answer = await server.app.inject({
    method: 'POST',
    url: '/server/panda/updateJob',
    headers: { authorization: `Bearer ${pilot.token}` },
    payload: { jobId, state: 'running' },
  });
  expect(Object.fromEntries(new URLSearchParams(answer.body))).toEqual({
    StatusCode: '0',
    command: 'debug',
    pilotSecrets: text,
  });
});

test('they lie sealed, no table of the database tells them, and the trail has their keys alone', async () => {
  await aJob(db, { queue, debug: true });
  await getJob();
  const tables = await db.sql<{ name: string }[]>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('panda', 'core')`;
  for (const { name } of tables) {
    const rows = await db.sql.unsafe(`select from ${name} t where t::text like '%${value}%'`);
    expect([name, rows.length]).toEqual([name, 0]);
  }
  const trail = await db.sql<{ objectId: string; actor: string }[]>`
    select object_id, actor from core.audit where action = 'panda.pilot-secret-set'`;
  expect(trail).toContainEqual({ objectId: 'logstash_password', actor: 'operator' });
});

test('nobody who signs in has them: they are no account’s', async () => {
  const answer = await server.app.inject({
    url: '/api/v1/creds/get_user_secrets',
    headers: { authorization: `Bearer ${pilot.token}`, accept: 'application/json' },
  });
  expect(answer.json()).toMatchObject({ data: '{}' });
});

test('removed ones are given no longer, and an installation may give none at all', async () => {
  const { jobId } = await aJob(db, { status: 'running', debug: true });
  const beside = await aPilot(thrifty, { name: `pilot-${count}` });
  expect(await beside.call('updateJob', { jobId, state: 'running' })).toEqual({
    StatusCode: 0,
    command: 'debug',
  });
  for (const { key } of await listPilotSecrets(db.sql)) await removePilotSecret(context, actor, key);
  await eventually(async () => expect(await report(jobId)).toEqual({ StatusCode: 0, command: 'debug' }));
  await expect(removePilotSecret(context, actor, 'logstash_login')).rejects.toMatchObject({
    code: 'panda.pilot-secret-unknown',
  });
});

test('a secret that does not open costs no pilot its answer', async () => {
  await db.sql`update panda.secret set sealed = '\\x00' where key = 'logstash_login'`;
  const { jobId } = await aJob(db, { status: 'running', debug: true });
  await eventually(async () => expect(await report(jobId)).toEqual({ StatusCode: 0, command: 'debug' }));
});

test.each(['', 'a\0b', 'k'.repeat(301)])('the key %j is refused', async (key) => {
  await expect(setPilotSecret(context, actor, key, 'x')).rejects.toMatchObject({
    code: 'panda.pilot-secret-refused',
  });
});
