import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { bearer, cacheClients } from '../../../../test/support/panda-uploads.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';

const server = await testServer([panda]);
const { core } = server;
const { user, other, pilot, put, call, old } = await cacheClients(server);

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
