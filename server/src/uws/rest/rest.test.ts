import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { uws } from '../index.ts';

const server = await testServer([uws], { 'compute.local.allowUnisolated': 'true' });
const auth = { authorization: `Bearer ${server.adminToken}` };

test('a job created with PHASE=RUN ends COMPLETED with its greeting', async () => {
  const made = await fetch(`${server.address}/rest/hello`, {
    method: 'POST',
    headers: auth,
    body: new URLSearchParams({ name: 'Ada', PHASE: 'RUN' }),
    redirect: 'manual',
  });
  expect(await made.text()).toBe('');
  expect(made.status).toBe(303);
  const url = made.headers.get('location') ?? '';
  let xml = '';
  for (let i = 0; i < 10; i++) {
    const answer = await fetch(`${url}?WAIT=5`, { headers: auth });
    xml = await answer.text();
    if (xml.includes('COMPLETED') || xml.includes('ERROR')) break;
  }
  expect(xml).toContain('<uws:phase>COMPLETED</uws:phase>');
  const result = await fetch(`${url}/results/result`, { headers: auth });
  expect(await result.text()).toBe('Hello, Ada.\n');
});
