import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { uws } from '../index.ts';

const server = await testServer([uws]);
const { core, address } = server;

async function tokenOf(name: string, roles: string[]): Promise<string> {
  await createAccount(core.auth.context, { name: 'tester' }, { name, roles });
  return await createToken(core.auth.context, { name: 'tester' }, { user: name });
}

/** As a proxy on this machine hands on what others ask it. */
const ask = (path: string, headers: Record<string, string> = {}) => fetch(`${address}${path}`, { headers });
const fromElsewhere = { 'x-forwarded-for': '192.0.2.7' };

test('a crontab on this machine gets its report, and learns that it is not needed', async () => {
  const one = await ask('/handler/maintenance/hello');
  expect([one.status, one.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
  const text = await one.text();
  expect(text).toMatch(/^Maintenance report:\nMaintenance checks for hello\.\.\.\nNothing is left to do/);
  expect(text).toMatch(/No cron is needed\.\nJobs past a deadline, of all definitions: 0\nDone\n$/);
  const all = await (await ask('/handler/maintenance/__all__')).text();
  expect(all).toContain('checks for fits-summary...\nMaintenance checks for hello...');
});

test('from elsewhere only operators get it', async () => {
  const user = await tokenOf('alice', ['user']);
  const operator = await tokenOf('olga', ['operator']);
  const status = async (headers: Record<string, string>) =>
    (await ask('/handler/maintenance/hello', { ...fromElsewhere, ...headers })).status;
  expect(await status({})).toBe(401);
  expect(await status({ authorization: `Bearer ${user}` })).toBe(403);
  expect(await status({ authorization: `Bearer ${operator}` })).toBe(200);
  expect(await status({ authorization: `Basic ${btoa(`maintenance:${operator}`)}` })).toBe(200);
});

test('an unknown definition is 404', async () => {
  for (const name of ['nosuch', '%00', '__ALL__']) {
    expect((await ask(`/handler/maintenance/${name}`)).status).toBe(404);
  }
});
