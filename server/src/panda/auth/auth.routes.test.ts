import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';

const { app } = await testServer([panda], { 'panda.vos': 'local,vo.example.org,rig' });
const get = (file: string) =>
  app.inject({ method: 'GET', url: `/auth/${file}`, headers: { host: 'localhost' } });

test.each([
  ['local', 'local'],
  ['rig', 'rig'],
  ['rig.production', 'rig'],
  ['vo.example.org', 'vo.example.org'],
  ['vo.example.org:pilot', 'vo.example.org'],
])('the file of %s says where one signs in', async (name, vo) => {
  const answer = await get(`${name}_auth_config.json`);
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([
    200,
    expect.stringMatching(/^application\/json/),
  ]);
  expect(answer.json()).toEqual({
    audience: 'orrery',
    client_id: 'orrery-client',
    client_secret: null,
    oidc_config_url: expect.stringMatching(/^http:\/\/localhost[^/]*\/\.well-known\/openid-configuration$/),
    vo,
  });
});

test.each(['other', 'rig.admin', 'rig.', 'example.org', '..%2frig', '%00', 'x'.repeat(900)])(
  'there is no file of %j',
  async (name) => {
    const answer = await get(`${name}_auth_config.json`);
    expect([answer.statusCode, answer.body]).toEqual([404, 'not found']);
  },
);

test('nothing else is there', async () => {
  expect((await get('local_auth_config.json.bak')).statusCode).toBe(404);
  expect((await get('local')).statusCode).toBe(404);
});
