import { Readable } from 'node:stream';
import { UwsJob, UwsLogSearch } from '@orrery/contracts/uws';
import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { uws } from '../index.ts';
import { getJob } from '../jobs/jobs.ts';
import { searchLog } from '../results/search-log.ts';
import { serviceOf } from '../service.ts';

const { core, address } = await testServer([uws], { 'compute.local.allowUnisolated': 'true' });
async function tokenOf(name: string): Promise<string> {
  await createAccount(core.auth.context, { name: 'tester' }, { name, roles: ['user'] });
  return await createToken(core.auth.context, { name: 'tester' }, { user: name });
}
const alice = await tokenOf('alice');
const bob = await tokenOf('bob');

const ask = (path: string, token = alice, init: RequestInit = {}) =>
  fetch(`${address}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  });

async function jobThatEnded(): Promise<string> {
  const body = JSON.stringify({ definition: 'hello', run: true, parameters: { NAME: 'Andromeda' } });
  const made = Value.Parse(
    UwsJob,
    await (await ask('/api/uws/jobs', alice, { method: 'POST', body })).json(),
  );
  await expect
    .poll(async () => Value.Parse(UwsJob, await (await ask(`/api/uws/jobs/${made.id}`)).json()).promise, {
      timeout: 30_000,
      interval: 50,
    })
    .toBeNull();
  return made.id;
}

test('what a job printed is searched on the server, and only for those who may see the job', async () => {
  const id = await jobThatEnded();
  const path = `/api/uws/jobs/${id}/log/search`;
  const log = (await (await ask(`/api/uws/jobs/${id}/log`)).json()) as { text: string; sizeBytes: number };
  const word = log.text.split(/\s/)[0] ?? '';
  const found: unknown = await (await ask(`${path}?q=${encodeURIComponent(word.toUpperCase())}`)).json();
  expect([...Value.Errors(UwsLogSearch, found)]).toEqual([]);
  expect(found).toMatchObject({
    matches: log.text.split(word).length - 1,
    hits: [{ line: 1, fromByte: 0 }],
    sizeBytes: log.sizeBytes,
    scannedBytes: log.sizeBytes,
    complete: true,
  });
  expect(await (await ask(`${path}?q=x&stream=stderr`)).json()).toMatchObject({ matches: 0, complete: true });
  expect((await ask(`${path}?q=${word}`, bob)).status).toBe(403);
  for (const query of ['', '?q=', `?q=${'x'.repeat(201)}`, '?q=x&stream=core'])
    expect((await ask(path + query)).status).toBe(400);
}, 60_000);

test('a log of nothing but ends of lines is searched in part, and the answer says so', async () => {
  const text = Readable.from(Array.from({ length: 24 }, () => Buffer.alloc(1_048_576, '\n')));
  const { sha256, sizeBytes } = await core.files.put(text, { namespace: 'result', maxBytes: 1e9 });
  const job = await getJob(serviceOf(core), await jobThatEnded());
  const stdout = { name: 'stdout', fileName: 'stdout', mediaType: 'text/plain', hash: sha256, sizeBytes };
  const found = await searchLog(core, { ...job, results: [stdout] }, 'stdout', 'x');
  expect(found).toMatchObject({ matches: 0, complete: false, sizeBytes });
  expect(found.scannedBytes).toBeLessThan(sizeBytes / 2);
}, 60_000);
