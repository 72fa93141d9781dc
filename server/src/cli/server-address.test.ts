import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { findServer, findToken } from './server-address.ts';

const folder = await temporaryFolder('address');
const file = path.join(folder, 'token');
await writeFile(file, 'from-file\n');
await mkdir(path.join(folder, 'orrery'));
await writeFile(path.join(folder, 'orrery/token'), 'from-home');

test.each([
  [
    { server: 'https://a.example.org/site' },
    { ORRERY_URL: 'http://b.example.org' },
    'https://a.example.org/site',
  ],
  [{}, { ORRERY_URL: 'http://b.example.org' }, 'http://b.example.org/'],
  [{}, { ORRERY_URL: '' }, 'http://127.0.0.1:8080/'],
  [{}, { ORRERY_HTTP_PORT: '9000' }, 'http://127.0.0.1:9000/'],
  [{}, { ORRERY_HTTP_PORT: '0' }, 'http://127.0.0.1:8080/'],
  [{}, { ORRERY_HTTP_HOST: '0.0.0.0' }, 'http://127.0.0.1:8080/'],
  [{}, { ORRERY_HTTP_HOST: '::1' }, 'http://[::1]:8080/'],
  [{}, { ORRERY_HTTP_HOST: '192.0.2.7' }, 'http://192.0.2.7:8080/'],
])('of %j and %j the server is %s', async (flags, environment, address) => {
  expect((await findServer(flags, environment)).href).toBe(address);
});

test.each(['orrery', 'orrery.example.org:8080', 'ftp://a', 'http://me:secret@a', 'http://a/?x', 'http://'])(
  '%s is no address of a server',
  async (server) => {
    await expect(findServer({ server }, {})).rejects.toMatchObject({ exitCode: 2 });
  },
);

test.each([
  [{ token: 'flag', tokenFile: file }, { ORRERY_TOKEN: 'env' }, 'flag'],
  [{ tokenFile: file }, { ORRERY_TOKEN: 'env' }, 'from-file'],
  [{}, { ORRERY_TOKEN: 'env', ORRERY_TOKEN_FILE: file }, 'env'],
  [{}, { ORRERY_TOKEN: '', ORRERY_TOKEN_FILE: file, XDG_CONFIG_HOME: folder }, 'from-file'],
  [{}, { XDG_CONFIG_HOME: folder }, 'from-home'],
  [{}, { XDG_CONFIG_HOME: path.join(folder, 'nosuch') }, null],
])('of %j and %j the token is %s', async (flags, environment, token) => {
  expect(await findToken(flags, environment)).toBe(token);
});

test.each([
  { token: 'two words' },
  { token: '' },
  { token: 'a\r\nb' },
  { token: 'ü' },
  { tokenFile: '/no/such/file' },
])('%j is refused before anything is asked', async (flags) => {
  await expect(findToken(flags, {})).rejects.toMatchObject({ exitCode: 2 });
});
