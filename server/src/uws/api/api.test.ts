import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type UwsDefinition,
  type UwsDefinitionList,
  UwsJob,
  type UwsJobFacets,
  UwsJobPage,
  type UwsLog,
  UwsWhy,
} from '@orrery/contracts/uws';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { afterAll, expect, test } from 'vitest';
import { fitsFile } from '../../../../test/support/fits.ts';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { uws } from '../index.ts';

const image = fitsFile({ bitpix: 16, width: 30, height: 20, stored: (x, y) => x * y });
const archive = createServer((request, answer) => {
  if (request.url === '/m31.fits') answer.writeHead(200, { 'content-type': 'image/fits' }).end(image);
  else answer.writeHead(404).end();
});
await new Promise<void>((resolve) => archive.listen(0, '127.0.0.1', resolve));
afterAll(() => archive.close());
const archiveUrl = `http://127.0.0.1:${(archive.address() as AddressInfo).port}`;

const server = await testServer([uws], {
  'compute.local.allowUnisolated': 'true',
  'fetch.allowPrivate': '127.0.0.0/8',
});
const { core, address } = server;

async function tokenOf(name: string, roles: string[]): Promise<string> {
  await createAccount(core.auth.context, { name: 'tester' }, { name, roles });
  return await createToken(core.auth.context, { name: 'tester' }, { user: name });
}
const alice = await tokenOf('alice', ['user']);
const bob = await tokenOf('bob', ['user']);

interface Asked {
  method?: string;
  json?: unknown;
  body?: FormData;
  token?: string | null;
}

function ask(path: string, { method = 'GET', json, body, token = alice }: Asked = {}): Promise<Response> {
  return fetch(`${address}${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(json === undefined ? (body === undefined ? {} : { body }) : { body: JSON.stringify(json) }),
  });
}

/** The answer, held against its schema. */
async function read<S extends TSchema>(schema: S, path: string, asked?: Asked): Promise<Static<S>> {
  const answer = await ask(path, asked);
  const body = (await answer.json()) as unknown;
  expect(answer.ok, JSON.stringify(body)).toBe(true);
  expect([...Value.Errors(schema, body)]).toEqual([]);
  return body as Static<S>;
}

const create = (json: object, token = alice) =>
  read(UwsJob, '/api/uws/jobs', { method: 'POST', json, token });

async function finished(id: string): Promise<Static<typeof UwsJob>> {
  let job = await read(UwsJob, `/api/uws/jobs/${id}`);
  await expect
    .poll(
      async () => {
        job = await read(UwsJob, `/api/uws/jobs/${id}`);
        return job.promise === null;
      },
      { timeout: 30_000, interval: 50 },
    )
    .toBe(true);
  return job;
}

test('the definitions are listed, and one says everything a form needs', async () => {
  const { rows } = (await (await ask('/api/uws/definitions')).json()) as UwsDefinitionList;
  expect(rows.map(({ name, version, mayRun }) => [name, version, mayRun])).toEqual([
    ['fits-summary', 1, true],
    ['hello', 1, true],
  ]);
  const hello = (await (await ask('/api/uws/definitions/hello')).json()) as UwsDefinition;
  expect(hello.parameters.map(({ name, type, max }) => [name, type, max])).toEqual([
    ['NAME', 'string', null],
    ['SECONDS_TO_WAIT', 'integer', 3600],
  ]);
  expect((await ask('/api/uws/definitions/nosuch')).status).toBe(404);
  expect((await ask('/api/uws/definitions', { token: null })).status).toBe(401);
});

test('a draft is changed, run, and tells its whole story', async () => {
  const draft = await create({ definition: 'hello', runId: 'draft', parameters: { NAME: 'one' } });
  expect(draft).toMatchObject({
    phase: 'PENDING',
    owner: 'alice',
    acts: { run: true, abort: true, update: true, delete: true },
  });
  expect(draft.promise).toMatchObject({ now: 'Waits for you.', expected: null });
  const href = `/api/uws/jobs/${draft.id}`;
  const changed = await read(UwsJob, href, {
    method: 'PATCH',
    json: { parameters: { NAME: 'two' }, executionDuration: 30, destruction: '2026-12-01T00:00:00.000Z' },
  });
  expect(changed).toMatchObject({ executionDuration: 30, destruction: '2026-12-01T00:00:00.000Z' });
  await read(UwsJob, `${href}/phase`, { method: 'POST', json: { phase: 'RUN' } });
  const job = await finished(draft.id);
  expect(job.phases.map((entry) => entry.phase)).toEqual(['PENDING', 'QUEUED', 'EXECUTING', 'COMPLETED']);
  expect(job.results.map(({ name, preview, sizeBytes }) => [name, preview, sizeBytes])).toEqual([
    ['result', 'text', 12],
    ['stdout', 'text', 20],
    ['stderr', 'text', 0],
  ]);
  expect(job.where).toMatchObject({ backend: 'local', exitCode: 0 });
  expect(await (await ask(job.results[0]?.href ?? '')).text()).toBe('Hello, two.\n');
  const download = await ask(job.results[0]?.downloadHref ?? '');
  expect(download.headers.get('content-disposition')).toMatch(/^attachment; filename="greeting\.txt"/);
  const why = await read(UwsWhy, `${href}/why`);
  expect(why).toMatchObject({
    question: 'How did it end?',
    acts: [{ label: 'Run again with changes', method: 'GET' }],
  });
  const log = (await (await ask(`${href}/log?fromByte=-5`)).json()) as UwsLog;
  expect(log).toEqual({ text: ' 0 s\n', fromByte: 15, nextByte: 20, ended: true, sizeBytes: 20 });
  expect((await ask(href, { method: 'DELETE' })).status).toBe(204);
  expect((await ask(href)).status).toBe(404);
}, 60_000);

test('an uploaded image is summarised: header, statistics, histogram and preview', async () => {
  const body = new FormData();
  body.set('job', JSON.stringify({ definition: 'fits-summary', run: true, parameters: { size: '64' } }));
  body.set('image', new Blob([new Uint8Array(image)], { type: 'image/fits' }), 'm31.fits');
  const made = await read(UwsJob, '/api/uws/jobs', { method: 'POST', body });
  expect(made.parameters.find(({ name }) => name === 'image')).toMatchObject({
    value: 'm31.fits',
    sizeBytes: image.length,
  });
  const job = await finished(made.id);
  expect([job.phase, job.error]).toEqual(['COMPLETED', null]);
  expect(job.results.map(({ name, preview }) => [name, preview])).toEqual([
    ['header', 'json'],
    ['cards', 'table'],
    ['statistics', 'json'],
    ['histogram', 'histogram'],
    ['preview', 'image'],
    ['stdout', 'text'],
    ['stderr', 'text'],
  ]);
  const statistics = await (await ask(job.results[2]?.href ?? '')).json();
  expect(statistics).toMatchObject({ width: 30, height: 20, min: 0, max: 29 * 19 });
  const preview = await ask(job.results[4]?.href ?? '');
  expect(preview.headers.get('content-disposition')).toMatch(/^inline/);
}, 60_000);

test('an image given as an address is fetched by a task, not in the request', async () => {
  const made = await create({
    definition: 'fits-summary',
    run: true,
    parameters: { image: `${archiveUrl}/m31.fits` },
  });
  const job = await finished(made.id);
  expect([job.phase, job.error]).toEqual(['COMPLETED', null]);
  expect(job.parameters.find(({ name }) => name === 'image')).toMatchObject({
    value: `${archiveUrl}/m31.fits`,
    sizeBytes: image.length,
  });
}, 60_000);

test('an address that cannot be had ends the job with the reason', async () => {
  const made = await create({
    definition: 'fits-summary',
    run: true,
    parameters: { image: `${archiveUrl}/nosuch.fits` },
  });
  const job = await finished(made.id);
  expect(job.phases.map((entry) => entry.phase)).toEqual(['PENDING', 'QUEUED', 'ERROR']);
  expect(job.where).toBeNull();
  expect(job.error).toMatch(/^An input could not be fetched: 127\.0\.0\.1:\d+ answered 404\./);
}, 60_000);

test('a file that is no image ends the job with a sentence for its owner', async () => {
  const body = new FormData();
  body.set('job', JSON.stringify({ definition: 'fits-summary', run: true }));
  body.set('image', new Blob(['hello']), 'notes.txt');
  const job = await finished((await read(UwsJob, '/api/uws/jobs', { method: 'POST', body })).id);
  expect([job.phase, job.error]).toEqual([
    'ERROR',
    'This is not a FITS file: it does not begin with SIMPLE.',
  ]);
}, 60_000);

test('the list is paged by keys in both directions, without a gap or a repetition', async () => {
  const token = await tokenOf('pager', ['user']);
  for (let count = 0; count < 7; count++) await create({ definition: 'hello', runId: `run ${count}` }, token);
  const page = (query: string) => read(UwsJobPage, `/api/uws/jobs?limit=3${query}`, { token });
  const names = (rows: Static<typeof UwsJobPage>['rows']) => rows.map((row) => row.runId);
  const first = await page('');
  expect([names(first.rows), first.newer, first.about]).toEqual([['run 6', 'run 5', 'run 4'], null, 7]);
  const second = await page(`&cursor=${first.older}`);
  expect(names(second.rows)).toEqual(['run 3', 'run 2', 'run 1']);
  const third = await page(`&cursor=${second.older}`);
  expect([names(third.rows), third.older]).toEqual([['run 0'], null]);
  expect((await page(`&cursor=${third.newer}`)).rows).toEqual(second.rows);
  const top = await page(`&cursor=${second.newer}`);
  expect([top.rows, top.newer]).toEqual([first.rows, null]);
  expect(names((await page('&runId=UN%205')).rows)).toEqual(['run 5']);
  expect(names((await page('&runId=%25')).rows)).toEqual([]);
  expect((await ask('/api/uws/jobs?cursor=x', { token })).status).toBe(400);
});

test('facets count by phase what the other filters leave', async () => {
  const token = await tokenOf('counter', ['user']);
  const [one] = [await create({ definition: 'hello' }, token), await create({ definition: 'hello' }, token)];
  await ask(`/api/uws/jobs/${one.id}/phase`, { method: 'POST', json: { phase: 'ABORT' }, token });
  const facets = (await (await ask('/api/uws/jobs/facets?phase=PENDING', { token })).json()) as UwsJobFacets;
  expect(facets).toMatchObject({ phases: { PENDING: 1, ABORTED: 1, COMPLETED: 0 }, exact: true });
});

test('jobs of others are neither seen nor listed nor changed', async () => {
  const job = await create({ definition: 'hello' });
  const href = `/api/uws/jobs/${job.id}`;
  for (const path of [href, `${href}/why`, `${href}/log`])
    expect((await ask(path, { token: bob })).status).toBe(403);
  expect((await ask(href, { method: 'PATCH', json: { runId: 'x' }, token: bob })).status).toBe(403);
  expect((await ask(href, { method: 'DELETE', token: bob })).status).toBe(403);
  expect((await read(UwsJobPage, '/api/uws/jobs?owner=alice', { token: bob })).rows).toEqual([]);
  const all = await read(UwsJobPage, '/api/uws/jobs?owner=alice', { token: server.adminToken });
  expect(all.rows.map(({ id }) => id)).toContain(job.id);
});

test.each([
  [{}, /definition/],
  [{ definition: 'nosuch' }, /nosuch/],
  [{ definition: 'hello', colour: 'red' }, /colour/],
  [{ definition: 'hello', parameters: { NMAE: 'x' } }, /NMAE/],
  [{ definition: 'hello', parameters: { SECONDS_TO_WAIT: '-1' } }, /SECONDS_TO_WAIT/],
  [{ definition: 'hello', parameters: { NAME: 5 } }, /NAME/],
  [{ definition: 'hello', executionDuration: -1 }, /executionDuration/],
  [{ definition: 'hello', destruction: 'tomorrow' }, /destruction/],
  [{ definition: 'fits-summary', run: true }, /image: it is required/],
])('%j is refused with a code, a sentence and what to do', async (json, reason) => {
  const answer = await ask('/api/uws/jobs', { method: 'POST', json });
  const body = (await answer.json()) as { code: string; message: string; next: string };
  expect([400, 404]).toContain(answer.status);
  expect(body).toMatchObject({ code: expect.stringMatching(/^uws\./), next: expect.any(String) });
  expect(body.message).toMatch(reason);
});
