import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { deterministicPath } from '../../pilot/storage.ts';
import { panda } from '../index.ts';
import { readRelative } from './storage-place.ts';

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
