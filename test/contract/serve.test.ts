import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { orrery, type ServedProcess, serve } from '../support/orrery.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = await temporaryFolder();
const adminToken = 'preset-token-of-the-contract-test';
let server: ServedProcess;

beforeAll(async () => {
  server = await serve(['--port', '0', '--data', folder], { ORRERY_ADMIN_TOKEN: adminToken });
});
afterAll(async () => {
  await server.stop();
});

const bearer = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });

test('the ready line is all that is printed on standard output', () => {
  expect(server.output.stdout).toBe(`Orrery is ready at ${server.address}\n`);
  expect(server.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
});

test('the first start makes admin with a one-time password, printed and kept in a file only its owner reads', () => {
  const file = path.join(folder, 'admin-password');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(server.output.stderr).toContain(readFileSync(file, 'utf8').trim());
});

test('health and readiness answer, and / enters the application', async () => {
  expect((await fetch(`${server.address}/healthz`)).status).toBe(200);
  expect((await fetch(`${server.address}/readyz`)).status).toBe(200);
  const entry = await fetch(server.address, { redirect: 'manual' });
  expect([entry.status, entry.headers.get('location')]).toEqual([302, '/ui/']);
  expect(await (await fetch(`${server.address}/ui/services`)).text()).toContain('<!doctype html>');
});

test('the preset token of admin is accepted', async () => {
  const me = await (await fetch(`${server.address}/api/core/me`, bearer(adminToken))).json();
  expect(me).toMatchObject({ name: 'admin', anonymous: false, grants: [{ role: 'admin', scope: null }] });
});

test('a token made while the server runs prints only the token, and works at once', async () => {
  expect((await orrery(['user', 'add', 'mara', '--role', 'user', '--data', folder])).code).toBe(0);
  const made = await orrery(['token', 'create', '--user', 'mara', '--expires', '30d', '--data', folder]);
  expect(made).toMatchObject({ code: 0, stderr: '' });
  expect(made.stdout).toMatch(/^\S+\n$/);
  const token = made.stdout.trim();
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  expect(claims).toMatchObject({
    preferred_username: 'mara',
    sub: expect.any(String),
    jti: expect.any(String),
    iss: expect.any(String),
    exp: expect.any(Number),
  });
  expect(token.length).toBeLessThan(1024);
  expect(await (await fetch(`${server.address}/api/core/me`, bearer(token))).json()).toMatchObject({
    name: 'mara',
  });
});

test('a stopped server is stopped, its PostgreSQL too; a token can be made then, and holds after the start', async () => {
  expect(await server.stop()).toBe(0);
  expect(existsSync(path.join(folder, 'postgres', 'postmaster.pid'))).toBe(false);
  const made = await orrery([
    'token',
    'create',
    '--user',
    'admin',
    '--role',
    'panda.pilot:local',
    '--vo',
    'local',
    '--data',
    folder,
  ]);
  expect(made).toMatchObject({ code: 0 });
  expect(existsSync(path.join(folder, 'postgres', 'postmaster.pid'))).toBe(false);
  server = await serve(['--port', '0', '--data', folder], { ORRERY_ADMIN_TOKEN: adminToken });
  const me = await (await fetch(`${server.address}/api/core/me`, bearer(made.stdout.trim()))).json();
  expect(me).toMatchObject({ name: 'admin' });
  expect(server.output.stderr).not.toContain('one-time password');
});

test('the database comes back after PostgreSQL was killed, and requests are answered again', async () => {
  const pid = Number(readFileSync(path.join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
  process.kill(pid, 'SIGKILL');
  // Not readiness first: for a moment after the kill it may still be what it was.
  await eventually(async () => {
    const board = await fetch(`${server.address}/api/core/board`, bearer(adminToken));
    expect([board.status, await board.text()]).toEqual([200, expect.stringContaining('overdue')]);
    const started = readFileSync(path.join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0];
    expect(Number(started)).not.toBe(pid);
  }, 60_000);
  await eventually(async () => expect((await fetch(`${server.address}/readyz`)).status).toBe(200), 30_000);
});

test('a server that was killed leaves nothing that hinders the next start, and its PostgreSQL goes with it', async () => {
  await server.stop('SIGKILL');
  await eventually(
    () => expect(existsSync(path.join(folder, 'postgres', 'postmaster.pid'))).toBe(false),
    30_000,
  );
  server = await serve(['--port', '0', '--data', folder], { ORRERY_ADMIN_TOKEN: adminToken });
  expect((await fetch(`${server.address}/readyz`)).status).toBe(200);
});

test('an unknown flag, setting or service is refused with a suggestion', async () => {
  expect(await orrery(['serve', '--prot', '1'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--port'),
  });
  expect(await orrery(['serve', '--set', 'http.prot=1'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('http.port'),
  });
  expect(await orrery(['serve', '--with', 'uvs', '--data', folder])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('uws'),
  });
});

test('--print-config shows every setting, its variable and its source, and no secret', async () => {
  const printed = await orrery(['serve', '--print-config', '--port', '1234'], {
    env: { ORRERY_DATABASE_URL: 'postgres://u:geheim@h/d' },
  });
  expect(printed.code).toBe(0);
  expect(printed.stdout).toContain('ORRERY_HTTP_PORT, from flag --http.port\nhttp.port: 1234');
  expect(printed.stdout).toContain('ORRERY_PUBLIC_URL');
  expect(printed.stdout).not.toContain('geheim');
});

test('a taken port is said in one sentence', async () => {
  const port = new URL(server.address).port;
  const other = await temporaryFolder();
  const second = await orrery(['serve', '--port', port, '--data', other]);
  expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining(`Port ${port}`) });
});
