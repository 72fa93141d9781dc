import { request as httpRequest } from 'node:http';
import { expect, test, vi } from 'vitest';
import {
  bearer,
  cacheClients,
  formHead,
  legacy,
  multipart,
  v1,
} from '../../../../test/support/panda-uploads.ts';
import { testServer } from '../../../../test/support/server.ts';
import { AppError } from '../../core/errors.ts';
import { panda } from '../index.ts';
import { MB } from './upload-limits.ts';

const server = await testServer([panda]);
const { app, core, address } = server;
const { user, pilot, upload, put, get } = await cacheClients(server);

const countFiles = async () =>
  (await core.db.sql<[{ count: number }]>`select count(*) as count from panda.cache_file`)[0].count;

/** Sends a head and `sent` bytes of the body, and resolves with what the server says to that. */
function announce(
  url: string,
  { filename, length, sent, token }: { filename: string; length: number; sent: string; token: string | null },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(`${address}${url}`, {
      method: 'POST',
      headers: {
        ...multipart,
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
    outgoing.write(sent === '' ? '' : formHead(filename) + sent);
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
    yield Buffer.from(formHead('jobO.chunked.tar.gz'));
    for (let sent = 0; sent < 11; sent++) yield Buffer.alloc(MB);
  }
  const answer = await fetch(`${address}${v1('upload_cache_file')}`, {
    method: 'POST',
    headers: { ...multipart, ...bearer(user) },
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
      ...multipart,
      'content-length': '5000',
      ...bearer(user),
    },
  });
  outgoing.on('error', () => {});
  await new Promise((sent) => outgoing.write(`${formHead('jobO.cut.tar.gz')}the first part`, sent));
  outgoing.destroy();
  // A body without its end is no different: it says that it is whole, and is not.
  const answer = await app.inject({
    method: 'POST',
    url: v1('upload_cache_file'),
    headers: { ...multipart, ...bearer(user) },
    payload: `${formHead('jobO.cut.tar.gz')}the first part`,
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
