import { expect, test } from 'vitest';
import { pandaCalls } from '../../../../test/support/panda-http.ts';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount } from '../../core/auth/index.ts';
import { panda } from '../index.ts';
import { forgetQueues, putQueue } from '../queues/queues.ts';

const server = await testServer([panda]);
const { core } = server;
const user = await pandaCalls(server, 'somebody', 'user');
const nobody = await pandaCalls(server, 'nobody');

await putQueue(
  core,
  { name: 'test' },
  {
    nickname: 'USERS',
    type: 'analysis',
    copytools: { mv: {} },
    atlas_site: 'HOME',
    ddm_input: { secret: 1 },
  },
);
await putQueue(core, { name: 'test' }, { nickname: 'BOTH', type: 'unified', copytools: { mv: {} } });
forgetQueues(core);

interface ResourceType {
  resource_name: string;
  maxcore: number | null;
  maxrampercore: number | null;
}

test('resource types are a list in JSON, and text that pilot3 takes apart in a form', async () => {
  const { data } = await user.get('metaconfig/get_resource_types');
  const types = data as ResourceType[];
  expect(types.map(({ resource_name }) => resource_name)).toContain('SCORE_HIMEM');
  expect(types.find(({ resource_name }) => resource_name === 'SCORE')).toEqual({
    resource_name: 'SCORE',
    mincore: 1,
    maxcore: 1,
    minrampercore: 0,
    maxrampercore: 2000,
  });
  expect(await nobody.legacy('getResourceTypes')).toEqual({
    StatusCode: 0,
    Returns: 0,
    ResourceTypes: types,
  });
  const form = new URLSearchParams(
    await (await fetch(`${server.address}/server/panda/getResourceTypes`)).text(),
  );
  expect(form.get('StatusCode')).toBe('0');
  // As pilot3 3.11.5.1 does with it.
  const text = form.get('ResourceTypes')?.replaceAll('None', 'null').replaceAll("'", '"') ?? '';
  expect(JSON.parse(text)).toEqual(types);
});

test('sites are the queues of a type', async () => {
  const analysis = (await nobody.get('metaconfig/get_site_specs')).data as Record<
    string,
    Record<string, unknown>
  >;
  expect(Object.keys(analysis)).toContain('USERS');
  expect(Object.keys(analysis)).not.toContain('BOTH');
  expect(analysis.USERS).toMatchObject({
    sitename: 'USERS',
    pandasite: 'HOME',
    status: 'online',
    type: 'analysis',
  });
  expect(analysis.USERS).not.toHaveProperty('ddm_input');
  const all = (await nobody.get('metaconfig/get_site_specs', { type: 'all' })).data as Record<
    string,
    unknown
  >;
  expect(Object.keys(all)).toEqual(expect.arrayContaining(['USERS', 'BOTH']));
  expect((await nobody.get('metaconfig/get_site_specs', { type: 'nothing' })).data).toEqual({});
});

test('owners of closed accounts are banned', async () => {
  const { context } = core.auth;
  await createAccount(
    context,
    { name: 'test' },
    { name: 'gone', displayName: 'Gone Person', roles: ['user'] },
  );
  await core.db.sql`update core.account set disabled_at = clock_timestamp() where name = 'gone'`;
  expect((await user.get('metaconfig/get_banned_users')).data).toEqual({ 'Gone Person': false });
  expect(await user.legacy('get_ban_users')).toEqual([true, { 'Gone Person': false }]);
  expect(await nobody.get('metaconfig/get_banned_users')).toMatchObject({ success: false });
  expect(await nobody.legacy('get_ban_users')).toEqual([false, {}]);
});
