import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { deterministicPath } from '../../pilot/storage.ts';
import { panda } from '../index.ts';
import { putEndpoints } from '../queues/endpoints.ts';
import { recountStorage } from './recount-storage.ts';
import { readRelative } from './storage-place.ts';
import { storageSweepSchedule } from './storage-sweep.schedule.ts';
import { listStorageUse } from './storage-use.store.ts';

const { core, app, dataDir } = await testServer([panda]);
const actor = { name: 'a test' };
await createAccount(core.auth.context, actor, { name: 'pilot', roles: ['panda.pilot'] });
const token = await createToken(core.auth.context, actor, { user: 'pilot' });
const roles = ['panda.pilot:other'];
const stranger = await createToken(core.auth.context, actor, { user: 'pilot', roles });
const storage = path.join(dataDir, 'storage');

async function aFile(
  lfn: string,
  status: 'running' | 'activated',
  ownerAccountId: number | null = null,
): Promise<string> {
  const { jobId } = await aJob(core.db, { status, ownerAccountId });
  await core.db.sql`
    insert into panda.file (job_id, ordinal, type, lfn, scope, status) values (${jobId}, 0, 'output', ${lfn}, 'user.a', 'defined')`;
  return deterministicPath('user.a', lfn);
}

function put(
  relative: string,
  content: string,
  headers: Record<string, string> = {},
  endpoint = 'LOCAL_DATADISK',
) {
  return app.inject({
    method: 'PUT',
    url: `/api/panda/storage/${endpoint}/${relative}`,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream', ...headers },
    payload: content,
  });
}

test('an output of a job that runs is stored where the catalogue will look for it, and can be fetched', async () => {
  const relative = await aFile('out.txt', 'running');
  const answer = await put(relative, 'Wikipedia', { 'x-checksum': 'ad:11e60398' });
  expect([answer.statusCode, answer.json()]).toEqual([201, { sizeBytes: 9, checksum: 'ad:11e60398' }]);
  expect(await readFile(path.join(storage, relative), 'utf8')).toBe('Wikipedia');
  expect((await put(relative, 'again')).statusCode).toBe(201);
  const fetched = await app.inject({
    url: `/api/panda/storage/LOCAL_DATADISK/${relative}`,
    headers: { authorization: `Bearer ${token}` },
  });
  expect(fetched.body).toBe('again');
});

test('bytes that are not those that were sent leave nothing behind', async () => {
  const relative = await aFile('torn.txt', 'running');
  const answer = await put(relative, 'Wikipedia', { 'x-checksum': 'ad:00000001' });
  expect([answer.statusCode, answer.json().code]).toEqual([400, 'panda.storage-not-whole']);
  expect(readdirSync(path.dirname(path.join(storage, relative)))).toEqual([]);
});

test('nobody writes a file that no running job is to make', async () => {
  const relative = await aFile('early.txt', 'activated');
  const answer = await put(relative, 'x');
  expect([answer.statusCode, answer.json().code]).toEqual([409, 'panda.storage-not-awaited']);
  expect(existsSync(path.join(storage, relative))).toBe(false);
});

test('a job of somebody else does not get at a file by naming it', async () => {
  const relative = await aFile('mine.txt', 'running', 1);
  expect((await put(relative, 'of the first')).statusCode).toBe(201);
  await core.db.sql`update panda.job set status = 'activated' where owner_account_id = 1`;
  await aFile('mine.txt', 'running', 2);
  const answer = await put(relative, 'of the second');
  expect([answer.statusCode, answer.json().code]).toEqual([409, 'panda.storage-not-awaited']);
  expect(await readFile(path.join(storage, relative), 'utf8')).toBe('of the first');
});

test('a pilot of another VO neither reads nor writes, and none reads what no job of its VO names', async () => {
  const relative = await aFile('of-a-vo.txt', 'running');
  const authorization = `Bearer ${stranger}`;
  expect((await put(relative, 'x', { authorization })).statusCode).toBe(409);
  expect((await put(relative, 'right')).statusCode).toBe(201);
  const url = `/api/panda/storage/LOCAL_DATADISK/${relative}`;
  expect((await app.inject({ url, headers: { authorization } })).statusCode).toBe(404);
  await core.db.sql`update panda.job set status = 'activated' where status = 'running'`;
  expect((await app.inject({ url, headers: { authorization: `Bearer ${token}` } })).statusCode).toBe(404);
});

test('what lies elsewhere is unknown, whatever the path says', async () => {
  await mkdir(storage, { recursive: true });
  await writeFile(path.join(dataDir, 'secret'), 'secret');
  const relative = await aFile('there.txt', 'running');
  for (const [place, endpoint] of [
    ['../secret', 'LOCAL_DATADISK'],
    ['..%2fsecret', 'LOCAL_DATADISK'],
    ['user/a/00/00/there.txt', 'LOCAL_DATADISK'],
    [`${relative}/x`, 'LOCAL_DATADISK'],
    [relative, 'NOWHERE'],
  ] as const) {
    const url = `/api/panda/storage/${endpoint}/${place}`;
    const answer = await app.inject({ url, headers: { authorization: `Bearer ${token}` } });
    expect([place, answer.statusCode]).toEqual([place, 404]);
    expect((await put(place, 'x', {}, endpoint)).statusCode).toBe(404);
  }
});

/** What is counted at an endpoint. */
async function useOf(endpoint: string) {
  const [use] = (await listStorageUse(core.db.sql)).filter((one) => one.endpoint === endpoint);
  return { bytes: use?.bytes ?? 0, files: use?.files ?? 0 };
}

/** An endpoint of its own in the folder of this test. */
async function anEndpoint(name: string, maxBytes?: number): Promise<string> {
  const folder = `${path.join(dataDir, name)}/`;
  const write = [{ endpoint: 'file://localhost', path: folder }];
  await putEndpoints(core, actor, {
    [name]: { name, arprotocols: { write_lan: write }, ...(maxBytes === undefined ? {} : { maxBytes }) },
  });
  return name;
}

test('what is stored is counted once, whatever is sent again, broken or refused', async () => {
  const endpoint = await anEndpoint('COUNTED');
  const relative = await aFile('counted.txt', 'running');
  expect((await put(relative, '12345', {}, endpoint)).statusCode).toBe(201);
  expect(await useOf(endpoint)).toEqual({ bytes: 5, files: 1 });
  expect((await put(relative, '123', {}, endpoint)).statusCode).toBe(201);
  expect((await put(relative, '1234567', { 'x-checksum': 'ad:00000001' }, endpoint)).statusCode).toBe(400);
  expect(await useOf(endpoint)).toEqual({ bytes: 3, files: 1 });
  await rm(path.join(dataDir, endpoint, relative));
  expect(await recountStorage(core, endpoint)).toEqual({ bytes: 0, files: 0 });
  expect(await useOf(endpoint)).toEqual({ bytes: 0, files: 0 });
});

test('a file that comes while an endpoint is counted anew stays counted', async () => {
  const endpoint = await anEndpoint('BUSY');
  await core.db.sql`
    insert into panda.storage_file (endpoint, scope, lfn, bytes, stored_at)
    values (${endpoint}, 'user.a', 'late', 7, clock_timestamp() + interval '1 minute')`;
  await recountStorage(core, endpoint);
  expect(await useOf(endpoint)).toEqual({ bytes: 7, files: 1 });
});

test('an endpoint takes no more than it may, however many come at once', async () => {
  const endpoint = await anEndpoint('SMALL', 25);
  const files = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => aFile(`small-${name}`, 'running')));
  const answers = await Promise.all(files.map((file) => put(file, '0123456789', {}, endpoint)));
  expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([201, 201, 413, 413, 413]);
  const refused = answers.find(({ statusCode }) => statusCode === 413)?.json();
  expect(refused).toMatchObject({ code: 'panda.storage-full', message: expect.stringContaining('25 bytes') });
  expect(await useOf(endpoint)).toEqual({ bytes: 20, files: 2 });
  const [stored = ''] = files.filter((_, n) => answers[n]?.statusCode === 201);
  expect((await put(stored, '0123456789abcde', {}, endpoint)).statusCode).toBe(201);
  expect(await useOf(endpoint)).toEqual({ bytes: 25, files: 2 });
});

test('a job stores no more than it asked for, at all endpoints together', async () => {
  const elsewhere = await anEndpoint('ELSEWHERE');
  const { jobId } = await aJob(core.db, { status: 'running', diskMb: 1 });
  const places = ['one', 'two'].map((name) => deterministicPath('user.a', `big-${name}`));
  for (const [n, name] of ['one', 'two'].entries()) {
    await core.db.sql`
      insert into panda.file (job_id, ordinal, type, lfn, scope, status)
      values (${jobId}, ${n}, 'output', ${`big-${name}`}, 'user.a', 'defined')`;
  }
  const [first = '', second = ''] = places;
  expect((await put(first, 'x'.repeat(1024 * 1024 - 5))).statusCode).toBe(201);
  const answer = await put(second, '123456', {}, elsewhere);
  expect([answer.statusCode, answer.json().code]).toEqual([413, 'panda.storage-job-full']);
  expect(existsSync(path.join(dataDir, elsewhere, second))).toBe(false);
  expect((await put(second, '12345', {}, elsewhere)).statusCode).toBe(201);
});

test('what does not say how much comes is refused before it is taken', async () => {
  const relative = await aFile('unsaid.txt', 'running');
  const url = `/api/panda/storage/LOCAL_DATADISK/${relative}`;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' };
  const answer = await app.inject({ method: 'PUT', url, headers, payload: Readable.from(['x']) });
  expect([answer.statusCode, answer.json().code]).toEqual([400, 'panda.storage-length-missing']);
});

test('the room of an upload whose server was killed is given back, and its bytes are removed', async () => {
  const endpoint = await anEndpoint('BROKEN');
  const folder = path.join(dataDir, endpoint);
  await mkdir(folder, { recursive: true });
  for (const name of ['torn', 'whole']) {
    const part = path.join(folder, `${name}.abc.part`);
    await writeFile(name === 'torn' ? part : path.join(folder, name), 'bytes');
    await core.db.sql`
      insert into panda.storage_upload (upload_id, endpoint, scope, lfn, job_id, bytes, part, seen_at)
      values (${name}, ${endpoint}, 'user.a', ${name}, 1, 100, ${part}, clock_timestamp() - interval '1 hour')`;
  }
  expect(await useOf(endpoint)).toEqual({ bytes: 200, files: 0 });
  await storageSweepSchedule.run(core, { signal: new AbortController().signal } as Parameters<
    typeof storageSweepSchedule.run
  >[1]);
  expect(await useOf(endpoint)).toEqual({ bytes: 5, files: 1 });
  expect(readdirSync(folder)).toEqual(['whole']);
});

test('endpoints are listed with what they hold', async () => {
  await anEndpoint('LISTED', 7);
  const headers = { authorization: `Bearer ${token}` };
  const answer = await app.inject({ url: '/api/panda/endpoints', headers });
  expect(answer.json().rows).toContainEqual({
    endpoint: 'LISTED',
    state: null,
    type: null,
    site: null,
    isHere: true,
    files: 0,
    bytes: 0,
    maxBytes: 7,
  });
});

test('a path is taken only when it follows from its scope and name', () => {
  expect(readRelative(deterministicPath('a.b', 'n'))).toEqual({ scope: 'a.b', lfn: 'n' });
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 6 }), (parts) => {
      const read = readRelative(parts.join('/'));
      if (read === null) return;
      const hash = createHash('md5').update(`${read.scope}:${read.lfn}`).digest('hex');
      expect(parts.join('/')).toContain(`/${hash.slice(0, 2)}/${hash.slice(2, 4)}/`);
    }),
  );
});
