import { request as httpRequest } from 'node:http';
import { deflateSync, gzipSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { AppError } from '../../core/errors.ts';
import { panda } from '../index.ts';
import { purgeCache } from './purge.schedule.ts';
import { MB } from './upload-limits.ts';

const { app, core, address } = await testServer([panda]);
const actor = { name: 'test' };
const tokenOf = async (name: string, role: string): Promise<string> => {
  await createAccount(core.auth.context, actor, { name, roles: [role as 'user'] });
  return await createToken(core.auth.context, actor, { user: name, expires: '1h', vo: 'local' });
};
const [user, other, pilot] = [
  await tokenOf('rigel', 'user'),
  await tokenOf('bellatrix', 'user'),
  await tokenOf('robot', 'panda.pilot'),
];

const bearer = (token: string | null): Record<string, string> =>
  token === null ? {} : { authorization: `Bearer ${token}`, origin: 'local' };

const boundary = '------------------------90e42fd729cd7ef7';
const head = (filename: string, field = 'file') =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="${filename}"\r\n` +
  'Content-Type: application/octet-stream\r\n\r\n';
const form = (filename: string, content: Uint8Array | string, field?: string) =>
  Buffer.concat([
    Buffer.from(head(filename, field)),
    Buffer.from(content),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);

const v1 = (method: string) => `/api/v1/file_server/${method}`;
const legacy = (method: string) => `/server/panda/${method}`;

async function upload(
  url: string,
  filename: string,
  content: Uint8Array | string,
  token: string | null = user,
  field?: string,
) {
  return await app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, ...bearer(token) },
    payload: form(filename, content, field),
  });
}
const put = async (name: string, content: Uint8Array | string, token: string | null = user) =>
  (await upload(v1('upload_cache_file'), name, content, token)).json();
const call = async (method: string, body: object, token: string | null = user) =>
  (await app.inject({ method: 'POST', url: v1(method), headers: bearer(token), payload: body })).json();
const old = async (method: string, fields: Record<string, string>, token: string | null = user) =>
  (
    await app.inject({
      method: 'POST',
      url: legacy(method),
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...bearer(token) },
      payload: new URLSearchParams(fields).toString(),
    })
  ).body;
const get = (name: string, headers: Record<string, string> = {}) =>
  app.inject({ method: 'GET', url: `/cache/${name}`, headers });
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

/** Sends a head and `sent` bytes of the body, and resolves with what the server says to that. */
function announce(
  url: string,
  { filename, length, sent, token }: { filename: string; length: number; sent: string; token: string | null },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(`${address}${url}`, {
      method: 'POST',
      headers: {
        'content-type': `multipart/form-data; boundary=${boundary}`,
        'content-length': String(length),
        ...bearer(token),
      },
    });
    outgoing.on('response', (answer) => {
      let body = '';
      answer.on('data', (chunk) => {
        body += String(chunk);
      });
      answer.on('end', () => {
        outgoing.destroy();
        resolve(body);
      });
    });
    outgoing.on('error', reject);
    outgoing.flushHeaders();
    outgoing.write(sent === '' ? '' : head(filename) + sent);
  });
}

test('a body that is announced too large is refused at its first bytes, by the name of the file', async () => {
  const before = await countFiles();
  const try1 = (filename: string, mb: number) =>
    announce(v1('upload_cache_file'), { filename, length: mb * MB, sent: 'x', token: user });
  expect(JSON.parse(await try1('jobO.big.tar.gz', 11))).toMatchObject({
    success: false,
    message:
      'ERROR: upload failure. Exceeded size limit 11 MB > 10 MB. Please submit the job without --noBuild/--libDS since those options impose a tighter size limit',
  });
  expect(JSON.parse(await try1('job.out', 101)).message).toBe(
    'ERROR: upload failure. Exceeded size limit 101 MB > 100 MB. Please remove redundant files from your work area',
  );
  const old1 = await announce(legacy('putFile'), {
    filename: 'job.out',
    length: 11 * MB,
    sent: 'x',
    token: user,
  });
  expect(old1).toMatch(/^ERROR: upload failure\. Exceeded size limit 11534336>10485760\. Please submit/);
  expect(await countFiles()).toBe(before);
});

test('what is too large whatever it is called, and who may not, is refused without one byte of the body', async () => {
  const none = { filename: 'sources.x.tar.gz', sent: '' };
  const big = 769 * MB;
  expect(
    JSON.parse(await announce(v1('upload_cache_file'), { ...none, length: big, token: user })).message,
  ).toBe(
    'ERROR: upload failure. Exceeded size limit 769 MB > 768 MB. Please remove redundant files from your work area',
  );
  const small = { ...none, length: 1000 };
  expect(JSON.parse(await announce(v1('upload_cache_file'), { ...small, token: null })).message).toBe(
    'SSL secure connection is required',
  );
  expect(await announce(legacy('putFile'), { ...small, token: null })).toBe('ERROR : no HTTPS');
  expect(JSON.parse(await announce(v1('upload_jedi_log'), { ...small, token: user })).message).toBe(
    'production or pilot role required',
  );
  expect(
    JSON.parse(await announce(v1('upload_jedi_log'), { ...small, length: 101 * MB, token: pilot })).message,
  ).toBe('ERROR: upload failure. Exceeded size limit');
});

test('a body of unknown length is counted', async () => {
  async function* chunks() {
    yield Buffer.from(head('jobO.chunked.tar.gz'));
    for (let sent = 0; sent < 11; sent++) yield Buffer.alloc(MB);
  }
  const answer = await fetch(`${address}${v1('upload_cache_file')}`, {
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, ...bearer(user) },
    body: ReadableStream.from(chunks()),
    duplex: 'half',
  } as RequestInit);
  expect(((await answer.json()) as { message: string }).message).toMatch(/Exceeded size limit 11 MB > 10 MB/);
  expect((await get('jobO.chunked.tar.gz')).statusCode).toBe(404);
});

test('an upload that is cut short leaves nothing', async () => {
  const outgoing = httpRequest(`${address}${v1('upload_cache_file')}`, {
    method: 'POST',
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': '5000',
      ...bearer(user),
    },
  });
  outgoing.on('error', () => {});
  outgoing.write(`${head('jobO.cut.tar.gz')}the first part`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  outgoing.destroy();
  // A body without its end is no different: it says that it is whole, and is not.
  const answer = await app.inject({
    method: 'POST',
    url: v1('upload_cache_file'),
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, ...bearer(user) },
    payload: `${head('jobO.cut.tar.gz')}the first part`,
  });
  expect([answer.statusCode, answer.body]).toEqual([
    400,
    expect.stringMatching(/^ERROR : The multipart body/),
  ]);
  expect((await get('jobO.cut.tar.gz')).statusCode).toBe(404);
});

test('a disk that is nearly full is an answer of the protocol, and nothing is kept', async () => {
  const full = () => Promise.reject(new AppError('busy', 'files.disk-low', 'The disk is nearly full.'));
  const spy = vi.spyOn(core.files, 'put').mockImplementation(full);
  try {
    expect(await put('jobO.full.tar.gz', 'x')).toEqual({
      success: false,
      message: 'ERROR: cannot write file: The disk is nearly full.',
      data: null,
    });
    expect((await upload(legacy('putFile'), 'jobO.full.tar.gz', 'x')).body).toMatch(
      /^ERROR: cannot write file/,
    );
  } finally {
    spy.mockRestore();
  }
  expect((await get('jobO.full.tar.gz')).statusCode).toBe(404);
});

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

test('a user finds what it has sent by size and CRC of gzip, and nobody else does', async () => {
  const packed = gzipSync('a sandbox');
  const wish = { file_size: packed.length, checksum: packed.readUInt32LE(packed.length - 8) };
  expect(await call('validate_cache_file', wish)).toEqual({
    success: false,
    message: 'NOTFOUND',
    data: null,
  });
  await put('jobO.found.tar.gz', packed);
  const found = 'FOUND:localhost:jobO.found.tar.gz';
  expect(await call('validate_cache_file', wish)).toEqual({ success: true, message: found, data: null });
  expect(await call('validate_cache_file', { ...wish, checksum: String(wish.checksum) })).toMatchObject({
    message: found,
  });
  const fields = { fileSize: String(wish.file_size), checkSum: String(wish.checksum) };
  expect(await old('checkSandboxFile', fields)).toBe(found);
  expect(await old('checkSandboxFile', fields, other)).toBe('NOTFOUND');
  expect(await old('checkSandboxFile', fields, null)).toBe('ERROR : no HTTPS');
  for (const checksum of ['', '-1', 'x'.repeat(5000), 'a\0b', '99999999999']) {
    expect(await call('validate_cache_file', { ...wish, checksum })).toMatchObject({ message: 'NOTFOUND' });
  }
  await core.db.sql`update panda.cache_file set created_at = now() - interval '73 hours'`;
  expect(await old('checkSandboxFile', fields)).toBe('NOTFOUND');
});

test('a log is no sandbox', async () => {
  const packed = gzipSync('a log');
  await put('job1.out', packed);
  const wish = { file_size: packed.length, checksum: packed.readUInt32LE(packed.length - 8) };
  expect(await call('validate_cache_file', wish)).toMatchObject({ message: 'NOTFOUND' });
});

test('a server tells of sandboxes that lie with it', async () => {
  const sandbox = { user_name: 'rigel', file_name: 'sources.far.tar.gz', file_size: 77, checksum: '123' };
  expect(await call('register_cache_file', sandbox)).toMatchObject({
    message: 'production or pilot role required',
  });
  expect(await call('register_cache_file', sandbox, pilot)).toMatchObject({ success: true });
  expect(await call('register_cache_file', sandbox, pilot)).toMatchObject({ message: 'WARNING: file exist' });
  const { displayName } = (await core.auth.authenticate({ headers: bearer(user) })) as {
    displayName: string;
  };
  await core.db.sql`update panda.sandbox set owner = ${displayName}`;
  expect(await call('validate_cache_file', { file_size: 77, checksum: 123 })).toMatchObject({
    success: true,
    message: expect.stringMatching(/^FOUND:127\.0\.0\.1:sources\.far\.tar\.gz$/),
  });
  expect(
    await old('insertSandboxFileInfo', { userName: 'x', fileName: 'y', fileSize: '1', checkSum: '2' }),
  ).toMatch(/^ERROR/);
  const told = { userName: 'x', fileName: 'y', fileSize: '1', checkSum: '2' };
  expect(await old('insertSandboxFileInfo', told, pilot)).toBe('OK');
  expect(await old('insertSandboxFileInfo', { ...told, fileName: '..' }, pilot)).toMatch(/^ERROR/);
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

test('a log of the task engine is put as a whole, and read from its address', async () => {
  const sent = (await upload(v1('upload_jedi_log'), 'task 1.log', 'one', pilot)).json();
  expect(sent).toMatchObject({
    success: true,
    data: expect.stringMatching(/\/cache\/jedilog\/task%201\.log$/),
  });
  const url = (await upload(legacy('uploadLog'), 'task 1.log', 'two', pilot)).body;
  expect(url).toBe(sent.data);
  expect((await get('jedilog/task%201.log')).body).toBe('two');
  expect((await upload(legacy('uploadLog'), 'task 1.log', 'three', user)).body).toBe(
    'ERROR: cannot overwrite file',
  );
});

test('a log grows by packed pieces, also when several write it at once, and is read from an offset', async () => {
  const append = (text: string, token = pilot) =>
    upload(v1('update_jedi_log'), 'grows.log', deflateSync(text), token);
  expect((await append('0123')).json()).toMatchObject({ success: true });
  expect((await upload(legacy('updateLog'), 'grows.log', deflateSync('45'), pilot)).body).toBe('True');
  await Promise.all(['a', 'b', 'c', 'd'].map((sign) => append(sign)));
  const read = (offset: string) => old('fetchLog', { logName: 'grows.log', offset });
  expect(await read('2')).toMatch(/^ 2345[abcd]{4}$/);
  expect([...(await read('6')).trim()].sort().join('')).toBe('abcd');
  for (const offset of ['-1', '10', '1e300', 'x\0']) expect((await read(offset)).startsWith(' ')).toBe(true);
  expect(await read('10')).toBe(' ');
  const v1Read = await app.inject({
    method: 'GET',
    url: v1('download_jedi_log?log_name=grows.log&offset=4'),
  });
  expect(v1Read.body).toMatch(/^ 45[abcd]{4}$/);
  expect((await upload(v1('update_jedi_log'), 'grows.log', 'not packed', pilot)).json()).toMatchObject({
    success: false,
    message: expect.stringMatching(/^ERROR: cannot update file with/),
  });
  expect((await upload(legacy('updateLog'), 'grows.log', deflateSync('x'), user)).body).toMatch(/^ERROR/);
  const bomb = deflateSync(Buffer.alloc(64 * MB));
  expect((await upload(v1('update_jedi_log'), 'grows.log', bomb, pilot)).json()).toMatchObject({
    success: false,
  });
});

test('a checkpoint replaces the one before, and is its owner’s', async () => {
  const send = async (name: string, token = user) =>
    (await upload(v1('upload_hpo_checkpoint'), name, 'state', token)).json();
  expect(await send('10000001_3')).toEqual({
    success: true,
    message: 'Successfully placed at /cache/hpo_cp_10000001_3',
    data: '/cache/hpo_cp_10000001_3',
  });
  expect(await send('10000001_3')).toMatchObject({ success: true });
  expect(await send('10000001_3', other)).toMatchObject({ success: false });
  for (const name of ['x', '1_2_3', 'a_b', '1_']) {
    expect(await send(name)).toMatchObject({ message: 'Failed to extract task and sub IDs' });
  }
  expect(JSON.parse((await upload(legacy('put_checkpoint'), '7_1', 'x')).body)).toMatchObject({
    status: true,
  });
  expect(await call('delete_hpo_checkpoint', { task_id: '10000001', sub_id: '3' }, other)).toMatchObject({
    success: false,
  });
  expect(await call('delete_hpo_checkpoint', { task_id: 10000001, sub_id: 3 })).toMatchObject({
    success: true,
  });
  expect((await get('hpo_cp_10000001_3')).statusCode).toBe(404);
  expect(JSON.parse(await old('delete_checkpoint', { task_id: '7', sub_id: '1' }))).toMatchObject({
    status: true,
  });
  expect(JSON.parse(await old('delete_checkpoint', { task_id: '7', sub_id: '\0' }))).toMatchObject({
    status: false,
  });
});
