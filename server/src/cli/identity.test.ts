import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { orrery, serve } from '../../../test/support/orrery.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';

const data = await temporaryFolder('cli');
const env = { ORRERY_ADMIN_TOKEN: 'a-preset-token-for-this-test' };
const run = (...args: string[]) => orrery([...args, '--data', data], { env });

async function whoIs(
  address: string,
  token: string,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${address}/api/core/session`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(5000),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test('accounts and tokens are made before the first start, while the server runs, and while it does not', async () => {
  const added = await run('user', 'add', 'rigel', '--role', 'user', '--role', 'panda.pilot:local');
  expect(added).toMatchObject({ code: 0, stdout: '' });
  expect(await readFile(path.join(data, 'admin-password'), 'utf8')).toMatch(/^[2-9a-z]{20}\n$/);
  const before = await run('token', 'create', '--user', 'rigel');
  expect(before).toMatchObject({ code: 0, stderr: '' });
  expect(before.stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);

  const server = await serve(['--data', data, '--port', '0', '--with', 'uws'], env);
  try {
    expect(await whoIs(server.address, before.stdout.trim())).toMatchObject({
      status: 200,
      body: { name: 'rigel' },
    });
    expect(await whoIs(server.address, env.ORRERY_ADMIN_TOKEN)).toMatchObject({ body: { name: 'admin' } });
    const running = await run(
      'token',
      'create',
      '--user',
      'rigel',
      '--role',
      'panda.pilot:local',
      '--expires',
      '1h',
      '--vo',
      'local',
    );
    expect(decodeJwt(running.stdout)).toMatchObject({
      preferred_username: 'rigel',
      vo: 'local',
      groups: ['local/pilot'],
    });
    expect(await whoIs(server.address, running.stdout.trim())).toMatchObject({
      body: { grants: [{ role: 'panda.pilot', scope: 'local' }] },
    });
    const number = String(decodeJwt(running.stdout).jti);
    expect((await run('token', 'list', '--user', 'rigel')).stdout).toContain(number);
    expect(await run('token', 'revoke', number)).toMatchObject({ code: 0 });
    await expect
      .poll(async () => (await whoIs(server.address, running.stdout.trim())).body.code, { timeout: 2000 })
      .toBe('auth.token-revoked');
  } finally {
    expect(await server.stop()).toBe(0);
  }

  const after = await run('token', 'create', '--user', 'rigel');
  expect(decodeJwt(after.stdout)).toMatchObject({ sub: decodeJwt(before.stdout).sub });
  expect((await run('audit', 'verify')).stdout).toMatch(/^\d+ entries are proven, up to number \d+/);
}, 120_000);

test('wrong wishes end with a sentence, what to do, and a code', async () => {
  const missing = await run('token', 'create', '--user', 'nobody');
  expect(missing).toMatchObject({ code: 1, stdout: '' });
  expect(missing.stderr).toBe(
    'There is no account "nobody".\nLook at the list of accounts ("orrery user list") for its spelling.\n',
  );
  expect(await run('token', 'create')).toMatchObject({ code: 2, stdout: '' });
  const role = await run('user', 'grant', 'rigel', 'boss');
  expect([role.code, role.stderr]).toEqual([1, expect.stringContaining('The roles are admin, operator')]);
}, 60_000);

test('users are listed with what they hold', async () => {
  expect(await run('user', 'disable', 'rigel')).toMatchObject({ code: 0 });
  const { stdout } = await run('user', 'list');
  expect(stdout).toMatch(
    /^NAME +HOLDS +SINCE +STATE +DISPLAY NAME\nadmin +admin .+ open +Administrator\nrigel +panda.pilot:local,user .+ closed +rigel\n$/,
  );
  const { stdout: password } = await run('user', 'password', 'admin');
  expect(password).toMatch(/^[2-9a-z]{20}\n$/);
}, 60_000);
