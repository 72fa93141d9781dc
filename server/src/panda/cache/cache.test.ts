import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import {
  bearer,
  cacheClients,
  formHead,
  legacy,
  multipart,
  v1,
} from '../../../../test/support/panda-uploads.ts';
import { testServer } from '../../../../test/support/server.ts';
import { unheardErrors } from '../../../../test/support/unheard.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { panda } from '../index.ts';
import { putCacheFile } from './cache.ts';
import { purgeCache } from './purge.schedule.ts';

const server = await testServer([panda]);
const { app, core } = server;
const { user, other, upload, put, call, old, get } = await cacheClients(server);

const countFiles = async () =>
  (await core.db.sql<[{ count: number }]>`select count(*) as count from panda.cache_file`)[0].count;

test('a file is put once, and stays as it was first', async () => {
  expect(await put('jobO.1.tar.gz', 'first')).toEqual({ success: true, message: '', data: null });
  expect(await put('jobO.1.tar.gz', 'second')).toEqual({
    success: false,
    message: 'ERROR: cannot overwrite file',
    data: null,
  });
  const read = await get('jobO.1.tar.gz');
  expect([read.statusCode, read.body, read.headers['content-type']]).toEqual([
    200,
    'first',
    'application/octet-stream',
  ]);
  expect(read.headers['content-security-policy']).toContain('sandbox');
});

test('the legacy method answers with the bare texts of old clients', async () => {
  const send = async (token: string | null) =>
    (await upload(legacy('putFile'), 'jobO.2.tar.gz', 'x', token)).body;
  expect(await send(null)).toBe('ERROR : no HTTPS');
  expect(await send(user)).toBe('True');
  expect(await send(user)).toBe('ERROR: cannot overwrite file');
});

test('a path is cut down to its last name, and Python sends paths', async () => {
  expect(await put('/home/rigel/work/jobO.3.tar.gz', 'x')).toMatchObject({ success: true });
  expect((await get('jobO.3.tar.gz')).body).toBe('x');
});

test.each([
  '..',
  '.',
  'a/',
  'schedconfig',
  'ddmendpoints.json',
  'a\x01b',
  'b\x7fc',
  'dir\\file',
  'n'.repeat(5000),
  'ü'.repeat(200),
])('the name %j is refused', async (name) => {
  const before = await countFiles();
  expect(await put(name, 'x')).toEqual({ success: false, message: 'ERROR: cannot write file', data: null });
  expect((await upload(legacy('putFile'), name, 'x')).body).toBe('ERROR: cannot write file');
  expect(await countFiles()).toBe(before);
});

test('a name that climbs ends in the cache like any other', async () => {
  expect(await put('../../../etc/cron.d/evil', 'x')).toMatchObject({ success: true });
  expect((await get('evil')).body).toBe('x');
  for (const name of ['..%2fevil', '%2e%2e/evil', '..%2f..%2fetc%2fpasswd', '%00', 'no-such', 'a%2fevil']) {
    const read = await get(name);
    expect([name, read.statusCode]).toEqual([name, 404]);
  }
});

test('a NUL in a name is refused', async () => {
  const answer = await upload(v1('upload_cache_file'), 'a\0b', 'x');
  expect(answer.statusCode).toBeLessThan(500);
  expect(answer.body).not.toContain('"success":true');
  expect((await get('a')).statusCode).toBe(404);
});

test('of uploads of one name that come together one wins', async () => {
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, n) => put('jobO.race.tar.gz', `content ${n}`)),
  );
  const winners = answers.flatMap(({ success }, n) => (success ? [n] : []));
  expect(winners).toHaveLength(1);
  expect((await get('jobO.race.tar.gz')).body).toBe(`content ${winners[0]}`);
  const kept = await core.files.owned({ kind: 'panda.cache_file', id: 'jobO.race.tar.gz' });
  expect(kept).toHaveLength(1);
});

test('a name ending in .__ow__ may be put again by whoever put it, and by production', async () => {
  expect(await put('state.__ow__', 'one')).toMatchObject({ success: true });
  expect(await put('state.__ow__', 'two')).toMatchObject({ success: true });
  expect(await put('state.__ow__', 'three', other)).toMatchObject({
    message: 'ERROR: cannot overwrite file',
  });
  expect((await get('state.__ow__')).body).toBe('two');
  expect(await core.files.owned({ kind: 'panda.cache_file', id: 'state.__ow__' })).toHaveLength(1);
});

test('production of one VO overwrites nobody’s file, since files belong to no VO; production of all does', async () => {
  const actor = { name: 'test' };
  const producer = async (name: string, role: string, origin?: string) => {
    await createAccount(core.auth.context, actor, { name, roles: [role] });
    const token = await createToken(core.auth.context, actor, { user: name });
    const headers = {
      ...multipart,
      authorization: `Bearer ${token}`,
      ...(origin === undefined ? {} : { origin }),
    };
    const payload = `${formHead('theirs.__ow__')}by ${name}\r\n--${multipart['content-type'].split('=')[1]}--\r\n`;
    await app.inject({ method: 'POST', url: v1('upload_cache_file'), headers, payload });
    return (await get('theirs.__ow__')).body;
  };
  await put('theirs.__ow__', 'mine');
  expect(await producer('atlas-unnamed', 'panda.production:atlas')).toBe('mine');
  expect(await producer('atlas-named', 'panda.production:atlas', 'atlas')).toBe('mine');
  expect(await producer('everywhere', 'panda.production')).toBe('by everywhere');
});

test.each(['before it is read', 'while it is read'])(
  'an upload that breaks off %s harms nobody',
  async (when) => {
    const source = new PassThrough().on('error', () => {});
    const gone = new AbortController();
    const upload = {
      name: 'jobO.broken.tar.gz',
      owner: { accountId: null, isProduction: false },
      overwrite: false,
    };
    const unheard = await unheardErrors(async () => {
      if (when === 'before it is read') gone.abort(new Error('gone'));
      const putting = putCacheFile(core, { ...upload, source, maxBytes: 1000, signal: gone.signal });
      source.write('the first part');
      if (when === 'while it is read') source.destroy(new Error('broken'));
      await expect(putting).rejects.toThrow(/gone|broken/);
      source.destroy(new Error('broken'));
    });
    expect(unheard).toEqual([]);
    expect((await get('jobO.broken.tar.gz')).statusCode).toBe(404);
  },
);

test('what is no upload is an argument that is missing', async () => {
  const missing = "Argument error: missing a required argument: 'file'";
  expect(await call('upload_cache_file', { file: 'x' })).toMatchObject({ success: false, message: missing });
  expect((await upload(v1('upload_cache_file'), 'x', 'y', user, 'upload')).json().message).toBe(
    "Argument error: got an unexpected keyword argument 'upload'",
  );
  expect(await old('putFile', { file: 'x' })).toBe(`ERROR : ${missing}`);
  const byGet = await app.inject({ method: 'GET', url: v1('upload_cache_file'), headers: bearer(user) });
  expect(byGet.json().message).toBe('expecting POST, received GET');
});

test('a file is read by GET, HEAD and the POST of an empty form, with ranges', async () => {
  await put('jobO.range.tar.gz', '0123456789');
  const empty = await app.inject({
    method: 'POST',
    url: '/cache/jobO.range.tar.gz',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'Python-urllib/3.11' },
    payload: '',
  });
  expect([empty.statusCode, empty.body]).toEqual([200, '0123456789']);
  const onlyHead = await app.inject({ method: 'HEAD', url: '/cache/jobO.range.tar.gz' });
  expect([onlyHead.statusCode, onlyHead.body, onlyHead.headers['content-length']]).toEqual([200, '', '10']);
  const part = await get('jobO.range.tar.gz', { range: 'bytes=2-4' });
  expect([part.statusCode, part.body, part.headers['content-range']]).toEqual([206, '234', 'bytes 2-4/10']);
  const end = await get('jobO.range.tar.gz', { range: 'bytes=-3' });
  expect([end.statusCode, end.body]).toEqual([206, '789']);
  expect((await get('jobO.range.tar.gz', { range: 'bytes=10-' })).statusCode).toBe(416);
  expect((await get('jobO.range.tar.gz', { 'if-none-match': String(part.headers.etag) })).statusCode).toBe(
    304,
  );
  await put('empty', '');
  const nothing = await get('empty');
  expect([nothing.statusCode, nothing.body]).toEqual([200, '']);
});

test('touching keeps a file; deleting does nothing, since others may need it', async () => {
  await put('jobO.touch.tar.gz', 'x');
  await core.db.sql`update panda.cache_file set touched_at = now() - interval '8 days'`;
  expect(await call('touch_cache_file', { file_name: 'some/where/jobO.touch.tar.gz' })).toMatchObject({
    success: true,
  });
  expect(await call('touch_cache_file', { file_name: 'no-such' })).toMatchObject({
    success: false,
    message: expect.stringMatching(/^Failed to touch file with: .*No such file/),
  });
  expect(await old('touchFile', { filename: 'jobO.touch.tar.gz' })).toBe('True');
  expect(await old('touchFile', { filename: 'no-such' })).toBe('False');
  expect(await old('touchFile', { filename: 'jobO.touch.tar.gz' }, null)).toBe('False');
  expect(await call('delete_cache_file', { file_name: 'jobO.touch.tar.gz' })).toMatchObject({
    success: true,
  });
  expect(await old('deleteFile', { file: 'jobO.touch.tar.gz' })).toBe('True');
  await put('jobO.read.tar.gz', 'x');
  await core.db.sql`
    update panda.cache_file set touched_at = now() - interval '8 days' where name like 'jobO.read%'`;
  await get('jobO.read.tar.gz');
  expect(await purgeCache(core)).toBeGreaterThan(0);
  expect((await get('jobO.touch.tar.gz')).statusCode).toBe(200);
  expect((await get('jobO.read.tar.gz')).statusCode).toBe(200);
  expect((await get('jobO.1.tar.gz')).statusCode).toBe(404);
  expect(await core.files.owned({ kind: 'panda.cache_file', id: 'jobO.1.tar.gz' })).toEqual([]);
  expect(await purgeCache(core)).toBe(0);
});
