import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { checkDefinition } from '../definitions/check.ts';
import { installDefinition, readDefinition } from '../definitions/index.ts';
import { uws } from '../index.ts';
import { serviceOf } from '../service.ts';
import { childNamed, childrenNamed, parseXml } from '../xml/parse.ts';

// What OPUS's clients do that is no part of UWS, on a server that lets callers without an account run jobs.
const server = await testServer([uws], { 'uws.anonymous': 'run' });
const { core, address } = server;
const source = readFileSync(
  new URL('../../../../test/fixtures/uws/jdl-probe_vot.xml', import.meta.url),
  'utf8',
);
await installDefinition(core.db, readDefinition(source), 'tester', new Date());
serviceOf(core).catalog.forget();
await createAccount(core.auth.context, { name: 'tester' }, { name: 'alice', roles: ['user'] });
const alice = await createToken(core.auth.context, { name: 'tester' }, { user: 'alice' });

const basic = (text: string) => ({ authorization: `Basic ${btoa(text)}` });
const asAlice = basic(`alice:${alice}`);

function ask(path: string, headers: Record<string, string>, fields?: Record<string, string>) {
  const url = path.startsWith('http') ? path : `${address}${path}`;
  const body = fields === undefined ? {} : { method: 'POST', body: new URLSearchParams(fields) };
  return fetch(url, { redirect: 'manual', headers, ...body });
}

async function create(fields: Record<string, string>, headers = asAlice, list = '/rest/probe') {
  const answer = await ask(list, headers, fields);
  expect(answer.status, await answer.text()).toBe(303);
  return answer.headers.get('location') ?? '';
}

const textOf = async (path: string, headers: Record<string, string> = asAlice) =>
  (await ask(path, headers)).text();

async function jobOf(url: string) {
  const job = parseXml(await textOf(url));
  const parameters = childNamed(job, 'parameters');
  return {
    owner: childNamed(job, 'ownerId')?.text,
    runId: childNamed(job, 'runId')?.text,
    duration: childNamed(job, 'executionDuration')?.text,
    destruction: childNamed(job, 'destruction')?.text,
    parameters: childrenNamed(parameters ?? job, 'parameter').map(({ attributes }) => attributes.id),
  };
}

test('the name and token of an account are taken by Basic, with whatever name', async () => {
  expect(await textOf(`${await create({})}/owner`)).toBe('alice');
  const other = basic(`somebody@example.org:${alice}`);
  expect(await textOf(`${await create({}, other)}/owner`)).toBe('alice');
  expect((await ask('/rest/probe', basic('alice:not-her-token'))).status).toBe(401);
});

test.each([
  ['anonymous:anonymous', basic('anonymous:anonymous')],
  ['an empty header', { authorization: '' }],
  ['no header', {}],
])('%s is the caller without an account', async (_name, headers: Record<string, string>) => {
  const url = await create({ text: 'mine' }, headers as typeof asAlice);
  expect(await textOf(`${url}/owner`, headers)).toBe('');
  expect(await textOf(`${url}/parameters/text`, headers)).toBe('mine');
  const list = parseXml(await textOf('/rest/probe', headers));
  expect(childrenNamed(list, 'jobref').map(({ attributes }) => attributes.href)).toContain(url);
  expect((await ask(await create({}), headers)).status).toBe(403);
  expect((await ask('/jdl', headers)).status).toBe(200);
});

test.each([
  { runId: 'r1', executionDuration: '50', destruction: '2027-01-01T00:00:00' },
  { runid: 'r1', EXECUTIONDURATION: '50', Destruction: '2027-01-01' },
  { uws_runId: 'r1', uws_executionDuration: '50', uws_destruction: '2027-01-01T00:00:00Z' },
  { UWS_RUNID: 'r1', uws_executionduration: '50', UWS_Destruction: '2027-01-01 00:00' },
])('control parameters are taken at creation, in any case and with their prefix: %j', async (fields) => {
  const job = await jobOf(await create({ ...fields, uws_quote: '7' }));
  expect(job).toMatchObject({ runId: 'r1', duration: '50', destruction: '2027-01-01T00:00:00.000Z' });
  expect(job.parameters).toEqual(['text', 'duration', 'fail', 'mode']);
});

test('a control parameter is checked with its prefix as without, and said twice only if it is the same', async () => {
  const refused = async (fields: Record<string, string>) =>
    (await ask('/rest/probe', asAlice, fields)).status;
  expect(await refused({ uws_executionDuration: 'abc' })).toBe(400);
  expect(await refused({ uws_destruction: 'tomorrow' })).toBe(400);
  expect(await refused({ executionDuration: '5', uws_executionDuration: '6' })).toBe(400);
  expect(await refused({ executionDuration: '5', uws_executionDuration: '5' })).toBe(303);
});

test('no definition may give its own meaning to a control parameter', () => {
  for (const name of ['uws_destruction', 'UWS_quote', 'uws_runId', 'runId']) {
    const definition = { name: 'x', script: 'true', parameters: [{ name, type: 'string' }] };
    expect(() => checkDefinition(definition)).toThrow('UWS itself uses this name');
  }
  const free = { name: 'x', script: 'true', parameters: [{ name: 'uws_phase', type: 'string' }] };
  expect(checkDefinition(free)).toEqual(free);
});

test('VALUE changes one parameter, and the answer leads to all of them', async () => {
  const url = await create({});
  const answer = await ask(`${url}/parameters/text`, asAlice, { VALUE: 'a+b & 100%' });
  expect([answer.status, answer.headers.get('location')]).toEqual([303, `${url}/parameters`]);
  expect(await textOf(`${url}/parameters/text`)).toBe('a+b & 100%');
  expect((await ask(`${url}/parameters/duration`, asAlice, { value: '601' })).status).toBe(400);
  expect((await ask(`${url}/parameters/duration`, asAlice, { OTHER: '1' })).status).toBe(400);
});

test('a slash at the end changes nothing, in any request', async () => {
  const url = await create({}, asAlice, '/rest/probe/');
  expect(url).toMatch(new RegExp(`^${address}/rest/probe/\\w+$`));
  expect(await textOf('/rest/probe/')).toBe(await textOf('/rest/probe'));
  expect(await textOf(`${url}/`)).toBe(await textOf(url));
  expect(await textOf(`${url}/phase/`)).toBe('PENDING');
  const set = await ask(`${url}/executionduration/`, asAlice, { EXECUTIONDURATION: '33' });
  expect([set.status, set.headers.get('location')]).toEqual([303, url]);
  expect(await textOf(`${url}/executionduration/`)).toBe('33');
  expect((await ask(`${url}/parameters/text/`, asAlice, { VALUE: 'x' })).status).toBe(303);
  expect((await fetch(`${url}/`, { method: 'DELETE', redirect: 'manual', headers: asAlice })).status).toBe(
    303,
  );
  expect((await ask(url, asAlice)).status).toBe(404);
});

test('addresses that are only read say so, and scripts of other pages may ask them', async () => {
  const job = (await create({})).split('/').at(-1) ?? '';
  const paths = ['/jdl', '/jdl/probe', '/jdl/probe/json', '/jdl/probe/script', '/store', '/store/x/y'];
  for (const path of [...paths, `/store_old/${job}/output`, '/handler/maintenance/probe']) {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      const answer = await fetch(address + path, { method, headers: asAlice, body: 'a=b' });
      expect([path, method, answer.status]).toEqual([path, method, 405]);
      expect(answer.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
    }
    const asked = await fetch(address + path, {
      method: 'OPTIONS',
      headers: { origin: 'https://a.example' },
    });
    expect([path, asked.status]).toEqual([path, 200]);
    expect(asked.headers.get('access-control-allow-origin')).toBe('*');
    expect(asked.headers.get('access-control-allow-headers')).toContain('Authorization');
  }
});
