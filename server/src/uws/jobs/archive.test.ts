import { Readable } from 'node:stream';
import type { UwsPhase } from '@orrery/contracts/uws';
import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { aJob, aStoredDefinition } from '../../../../test/support/uws.ts';
import { createAccount, createIdentity, createToken, type Identity } from '../../core/auth/index.ts';
import { uws } from '../index.ts';
import type { Cause } from '../phases.ts';
import { replaceResults } from '../results/results.store.ts';
import { destroyDue } from '../run/destroy-due.schedule.ts';
import { serviceOf } from '../service.ts';
import type { JobParameter } from './job.ts';
import { changePhase, findJob, insertJobs, jobTopic, listPhases, updateJob } from './jobs.store.ts';
import { archiveJob, destroyJob } from './jobs.ts';

// A web process: nothing happens but what the test does.
const { core, address } = await testServer([uws], { role: 'web', 'uws.archiveDays': '10' });
const service = serviceOf(core);
const definition = await aStoredDefinition(core.db, { name: 'probe' });
service.catalog.forget();
await createAccount(core.auth.context, { name: 'tester' }, { name: 'alice', roles: ['user'] });
const token = await createToken(core.auth.context, { name: 'tester' }, { user: 'alice' });
const headers = { authorization: `Bearer ${token}` };
const user = (name: string): Identity =>
  createIdentity(core.auth.permissions, {
    kind: 'account',
    accountId: 1,
    name,
    displayName: name,
    grants: [{ role: 'user', scope: null }],
    via: 'bearer',
  });
const alice = user('alice');
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000);

const queued: [UwsPhase, Cause] = ['QUEUED', 'client'];
const running: Array<[UwsPhase, Cause]> = [queued, ['EXECUTING', 'executor']];

async function jobIn(steps: ReadonlyArray<[UwsPhase, Cause]>, more: Parameters<typeof aJob>[1] = {}) {
  const job = aJob(definition, { createdAt: ago(100), ...more });
  await insertJobs(core.db.sql, [job]);
  for (const [to, who] of steps) {
    const change = { to, who, why: `now ${to}`, at: ago(50) };
    const error = { type: 'fatal', message: 'It broke.', detail: null } as const;
    await core.db.transaction((tx) =>
      changePhase(tx, job.jobId, { ...change, ...(to === 'ERROR' ? { error } : {}) }),
    );
  }
  return job.jobId;
}

/** A job with an upload, a result and internal provenance. */
async function fullJob(last: 'COMPLETED' | 'ERROR', destructionAt: Date | null = null) {
  const keep = (text: string) => core.files.put(Readable.from([text]), { namespace: 'result' });
  const [input, output, provenance] = await Promise.all([
    keep(`input of ${last}`),
    keep('output'),
    keep('{}'),
  ]);
  const file = { fileName: 'a.fits', mediaType: 'image/fits', url: null };
  const parameters: JobParameter[] = [
    { name: 'text', value: 'hello', isDefault: false },
    {
      name: 'image',
      value: 'a.fits',
      isDefault: false,
      files: [{ ...file, hash: input.sha256, sizeBytes: input.sizeBytes }],
    },
  ];
  const jobId = await jobIn([...running, [last, 'executor']], { parameters, destructionAt });
  await core.db.transaction(async (tx) => {
    const owner = { kind: jobTopic, id: jobId };
    await core.files.reference(tx, input.sha256, 'result', { ...owner, name: 'input/image/0' });
    await core.files.reference(tx, output.sha256, 'result', { ...owner, name: 'result/out' });
    await core.files.reference(tx, provenance.sha256, 'result', { ...owner, name: 'provenance/internal' });
    const result = { name: 'out', fileName: 'out.txt', mediaType: 'text/plain', sizeBytes: 6 };
    await replaceResults(tx, jobId, [{ ...result, hash: output.sha256 }]);
    await updateJob(tx, jobId, { internalProvenance: provenance.sha256 });
  });
  return { jobId, input, output, provenance };
}

test('an archived job keeps its description and gives up what needs room', async () => {
  const { jobId, input, output, provenance } = await fullJob('ERROR', ago(1));
  const before = await findJob(core.db.sql, jobId);
  await destroyDue(core);
  const after = await findJob(core.db.sql, jobId);
  expect(after).toMatchObject({
    phase: 'ARCHIVED',
    archivedFrom: 'ERROR',
    createdAt: before?.createdAt,
    startedAt: before?.startedAt,
    endedAt: before?.endedAt,
    destructionAt: before?.destructionAt,
    error: { type: 'fatal', message: 'It broke.' },
    results: [],
    removedResults: [{ name: 'out', fileName: 'out.txt', sizeBytes: 6, hash: output.sha256 }],
    internalProvenance: provenance.sha256,
  });
  expect(after?.parameters).toMatchObject([
    { name: 'text', value: 'hello' },
    { name: 'image', files: [{ fileName: 'a.fits', hash: null, removedHash: input.sha256, sizeBytes: 14 }] },
  ]);
  const kept = await core.files.owned({ kind: jobTopic, id: jobId });
  expect(kept.map(({ name }) => name)).toEqual(['provenance/internal']);
  const phases = await listPhases(core.db.sql, jobId);
  expect(phases.map(({ phase }) => phase)).toEqual(['PENDING', 'QUEUED', 'EXECUTING', 'ERROR', 'ARCHIVED']);
  const days = ((after?.removeAt?.getTime() ?? 0) - Date.now()) / 86_400_000;
  expect(days).toBeCloseTo(10, 1);
});

test('a job that has not ended is aborted with the reason before it is archived', async () => {
  const jobId = await jobIn(running, { destructionAt: ago(1) });
  await destroyDue(core);
  const job = await findJob(core.db.sql, jobId);
  expect(job).toMatchObject({ phase: 'ARCHIVED', archivedFrom: 'ABORTED' });
  expect(job?.endedAt).not.toBeNull();
  const last = (await listPhases(core.db.sql, jobId)).slice(-2);
  expect(last.map(({ phase, why }) => `${phase}: ${why}`)).toEqual([
    'ABORTED: Its destruction time has come.',
    'ARCHIVED: Its destruction time has come.',
  ]);
  const events = await core.db.sql<{ data: { phase: string } }[]>`
    select data from core.event where topic = 'uws.job' and key = ${jobId} order by event_id`;
  expect(events.map(({ data }) => data.phase).slice(-2)).toEqual(['ABORTED', 'ARCHIVED']);
});

test('an archived job is removed when its days are over, and not before', async () => {
  const jobId = await jobIn([['ABORTED', 'client']], { destructionAt: ago(1) });
  await destroyDue(core);
  await destroyDue(core);
  expect((await findJob(core.db.sql, jobId))?.phase).toBe('ARCHIVED');
  await core.db.sql`update uws.job set remove_at = ${ago(1)} where job_id = ${jobId}`;
  await destroyDue(core);
  expect(await findJob(core.db.sql, jobId)).toBeNull();
});

test('a job that cannot be archived holds up no other', async () => {
  const bad = await jobIn([], { destructionAt: ago(90) });
  const good = await jobIn([], { destructionAt: ago(1) });
  await core.db.sql.unsafe(`
    create function uws.refuse_test() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
    create trigger refuse_test before update on uws.job for each row when (old.job_id = '${bad}')
      execute function uws.refuse_test();`);
  await destroyDue(core);
  expect((await findJob(core.db.sql, good))?.phase).toBe('ARCHIVED');
  expect((await findJob(core.db.sql, bad))?.phase).toBe('PENDING');
  await core.db.sql.unsafe('drop trigger refuse_test on uws.job; drop function uws.refuse_test();');
  await destroyDue(core);
  expect((await findJob(core.db.sql, bad))?.phase).toBe('ARCHIVED');
});

test('two processes that archive at the same moment do it once', async () => {
  const jobIds = await Promise.all(
    Array.from({ length: 20 }, () => jobIn([['ABORTED', 'client']], { destructionAt: ago(1) })),
  );
  const counts = await Promise.all([destroyDue(core), destroyDue(core), destroyDue(core)]);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(20);
  for (const jobId of jobIds) {
    const phases = (await listPhases(core.db.sql, jobId)).map(({ phase }) => phase);
    expect(phases).toEqual(['PENDING', 'ABORTED', 'ARCHIVED']);
  }
});

test('owners may archive what has ended, nobody else may, and nothing else can be', async () => {
  const { jobId } = await fullJob('COMPLETED');
  await expect(archiveJob(service, jobId, user('eve'))).rejects.toMatchObject({ code: 'uws.job-of-another' });
  await archiveJob(service, jobId, alice);
  expect(await findJob(core.db.sql, jobId)).toMatchObject({ phase: 'ARCHIVED', archivedFrom: 'COMPLETED' });
  await expect(archiveJob(service, jobId, alice)).rejects.toMatchObject({
    kind: 'forbidden',
    code: 'uws.phase-forbids',
  });
  for (const steps of [[], [queued], running]) {
    const open = await jobIn(steps);
    await expect(archiveJob(service, open, alice)).rejects.toMatchObject({ code: 'uws.phase-forbids' });
  }
});

test('archived jobs are listed when asked for only, and can be deleted', async () => {
  const { jobId } = await fullJob('COMPLETED');
  const archive = await fetch(`${address}/api/uws/jobs/${jobId}/phase`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ phase: 'ARCHIVE' }),
  });
  expect(await archive.json()).toMatchObject({ phase: 'ARCHIVED', results: [] });
  const list = async (query: string) => (await fetch(`${address}/rest/probe${query}`, { headers })).text();
  expect(await list('')).not.toContain(jobId);
  expect(await list('?PHASE=COMPLETED')).not.toContain(jobId);
  expect(await list('?PHASE=ARCHIVED')).toContain(jobId);
  await destroyJob(service, jobId, alice);
  expect(await findJob(core.db.sql, jobId)).toBeNull();
  expect(await core.files.owned({ kind: jobTopic, id: jobId })).toEqual([]);
});

test('the results and inputs of an archived job are gone, with a sentence; its document names them', async () => {
  const { jobId, output } = await fullJob('COMPLETED');
  await archiveJob(service, jobId, alice);
  const get = (path: string) => fetch(`${address}${path}`, { headers });
  for (const path of ['results/out', 'results/stdout', 'stdout', 'parameters/image']) {
    const answer = await get(`/rest/probe/${jobId}/${path}`);
    expect([path, answer.status]).toEqual([path, 410]);
    expect(await answer.text()).toMatch(/The job is archived; its .* is gone\. Run the job again/);
  }
  expect((await get(`/api/uws/jobs/${jobId}/results/out`)).status).toBe(410);
  expect((await get(`/rest/probe/${jobId}/parameters/text`)).status).toBe(200);
  const document = await (await get(`/rest/probe/${jobId}`)).text();
  expect(document).toContain('<uws:phase>ARCHIVED</uws:phase>');
  expect(document).toContain('<uws:results></uws:results>');
  expect(document).toContain(`<removedResult id="out" size="6" sha256="${output.sha256}"`);
});
