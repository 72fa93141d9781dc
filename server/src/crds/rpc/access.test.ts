import { expect, test } from 'vitest';
import { anObservatory, toyRules } from '../../../../test/support/crds.ts';
import { testServer } from '../../../../test/support/server.ts';
import { crds } from '../index.ts';

const server = await testServer([crds], { 'crds.public': 'false' });
await anObservatory(server, 'tobs', toyRules(), { latest: 'tobs_0001.pmap' });

const places = [
  ['POST', '/crds/tobs/json/'],
  ['GET', '/crds/tobs/json/browse/'],
  ['GET', '/crds/tobs/server_info.json'],
  ['GET', '/crds/tobs/unchecked_get/mappings/tobs/tobs_0001.pmap'],
  ['GET', '/crds/tobs/unchecked_get/config/tobs/server_config'],
  ['GET', '/crds/tobs/get/tobs_0001.pmap'],
  ['GET', '/crds/tobs/bundle/tobs_0001.pmap.tar'],
] as const;

test.each(places)('%s %s is for those who are signed in when the operator says so', async (method, path) => {
  const ask = (headers: Record<string, string>) =>
    fetch(server.address + path, {
      method,
      headers,
      ...(method === 'POST' ? { body: '{"method":"get_default_context","params":[],"id":1}' } : {}),
    });
  const refused = await ask({});
  expect(refused.status).toBe(401);
  if (method === 'POST') expect(await refused.json()).toMatchObject({ error: { name: 'OtherError' } });
  expect((await ask({ authorization: `Bearer ${server.adminToken}` })).status).toBe(200);
  const basic = Buffer.from(`admin:${server.adminToken}`).toString('base64');
  expect((await ask({ authorization: `Basic ${basic}` })).status).toBe(200);
});

test('a root observatory that was not asked for has no addresses', async () => {
  expect((await fetch(`${server.address}/json/`, { method: 'POST', body: '{}' })).status).toBe(404);
});
