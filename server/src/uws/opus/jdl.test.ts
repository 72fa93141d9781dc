import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { installDefinition, readDefinition } from '../definitions/index.ts';
import { uws } from '../index.ts';
import { serviceOf } from '../service.ts';

const server = await testServer([uws]);
const { core, address } = server;
const probe = readDefinition(
  readFileSync(new URL('../../../../test/fixtures/uws/jdl-probe_file_vot.xml', import.meta.url), 'utf8'),
);
const escaping = readDefinition(JSON.stringify({ name: 'colours', script: 'echo "\u001b[31mred"\n' }));
for (const each of [probe, escaping]) await installDefinition(core.db, each, 'tester', new Date());
serviceOf(core).catalog.forget();

async function tokenOf(name: string, roles: string[]): Promise<string> {
  await createAccount(core.auth.context, { name: 'tester' }, { name, roles });
  return await createToken(core.auth.context, { name: 'tester' }, { user: name });
}
const alice = await tokenOf('alice', ['user']);
const runner = await tokenOf('runner', ['uws.run:hello']);

function ask(path: string, token: string | null = alice, method = 'GET'): Promise<Response> {
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  return fetch(`${address}${path}`, { method, headers });
}

interface Listed {
  jobnames: string[];
  details: Record<string, unknown>;
}
const listed = async (token: string) => (await (await ask('/jdl', token)).json()) as Listed;

test('the list has every definition the caller may read, sorted, each in full', async () => {
  const { jobnames, details } = await listed(alice);
  expect(jobnames).toEqual(['colours', 'fits-summary', 'hello', 'probe_file']);
  expect(Object.keys(details)).toEqual(jobnames);
  expect(details.probe_file).toEqual(await (await ask('/jdl/probe_file/json')).json());
  expect((await listed(runner)).jobnames).toEqual(['hello']);
});

test('a definition taken as VOTable or as JSON can be loaded again and is the same', async () => {
  const votable = await ask('/jdl/probe_file');
  expect(votable.headers.get('content-type')).toBe('application/xml; charset=utf-8');
  expect(votable.headers.get('content-disposition')).toBe('attachment; filename="probe_file_vot.xml"');
  expect(readDefinition(await votable.text())).toEqual(probe);
  const json = await ask('/jdl/probe_file/json');
  expect(json.headers.get('content-type')).toContain('application/json');
  expect(readDefinition(await json.text())).toEqual(probe);
});

test('the newest version is given', async () => {
  await installDefinition(core.db, { ...escaping, name: 'changing', version: '1' }, 'tester', new Date());
  await installDefinition(core.db, { ...escaping, name: 'changing', version: '2' }, 'tester', new Date());
  serviceOf(core).catalog.forget();
  expect(await (await ask('/jdl/changing/json')).json()).toMatchObject({ version: '2' });
});

test('the script is plain text; a program of this server has none, and says so', async () => {
  const script = await ask('/jdl/probe_file/script');
  expect(script.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(await script.text()).toBe(probe.script);
  const program = await ask('/jdl/fits-summary/script');
  expect([program.status, await program.text()]).toEqual([
    404,
    expect.stringContaining('a program of this server and has no script'),
  ]);
  const json = (await (await ask('/jdl/fits-summary/json')).json()) as Record<string, unknown>;
  expect(json).toMatchObject({ name: 'fits-summary', used_keys: ['image'] });
  expect(json).not.toHaveProperty('script');
});

test('a script that XML cannot carry is refused as VOTable, not changed, and given as JSON', async () => {
  const votable = await ask('/jdl/colours');
  expect([votable.status, await votable.text()]).toEqual([409, expect.stringContaining('/jdl/colours/json')]);
  expect(readDefinition(await (await ask('/jdl/colours/json')).text()).script).toBe(escaping.script);
});

test('who may not read a definition gets none of its forms, and what does not exist is 404', async () => {
  for (const form of ['', '/json', '/script']) {
    expect((await ask(`/jdl/probe_file${form}`, runner)).status).toBe(403);
    expect((await ask(`/jdl/hello${form}`, runner)).status).toBe(200);
    expect((await ask(`/jdl/probe_file${form}`, null)).status).toBe(401);
    for (const name of ['nosuch', 'tmp', '%00', '..%2f..%2fetc', 'HELLO']) {
      expect([name, form, (await ask(`/jdl/${name}${form}`)).status]).toEqual([name, form, 404]);
    }
  }
  expect((await ask('/jdl', null)).status).toBe(401);
  expect((await ask('/jdl/tmp/probe_file/json')).status).toBe(404);
  expect((await ask('/jdl/hello/')).status).toBe(200);
});
