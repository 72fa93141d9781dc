import fc from 'fast-check';
import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { aJob } from '../../../../test/support/uws.ts';
import { type UwsClient, uwsClient } from '../../../../test/support/uws-client.ts';
import { uws } from '../index.ts';
import { insertJobs } from '../jobs/jobs.store.ts';
import { serviceOf } from '../service.ts';
import { childrenNamed } from '../xml/parse.ts';
import { readJobrefs, readListState } from './jobrefs.store.ts';

const server = await testServer([uws], { role: 'web' });
const { core } = server;
const alice = await uwsClient(server, 'alice');
const bob = await uwsClient(server, 'bob');
const body = (fields: Record<string, string>) => ({ method: 'POST', body: new URLSearchParams(fields) });

async function etagOf(client: UwsClient, path: string, headers: Record<string, string> = {}) {
  const answer = await client.ask(path, { headers });
  expect(answer.status, await answer.text()).toBe(200);
  return answer.headers.get('etag') ?? '';
}

async function statusWith(client: UwsClient, path: string, etag: string) {
  const answer = await client.ask(path, { headers: { 'if-none-match': etag } });
  return [answer.status, (await answer.text()).length > 0];
}
const unchanged = [304, false];
const sentWhole = [200, true];

test('a list is not sent again as long as nothing in it changed', async () => {
  const url = await alice.create('hello', { NAME: 'x', RUNID: 'one' });
  const etag = await etagOf(alice, '/rest/hello');
  expect(etag).toMatch(/^"[\w-]{27}"$/);
  expect(await statusWith(alice, '/rest/hello', etag)).toEqual(unchanged);
  expect(await statusWith(alice, '/rest/hello', `"other", W/${etag}`)).toEqual(unchanged);
  expect(await statusWith(alice, '/rest/hello', '*')).toEqual(unchanged);
  expect(await statusWith(alice, '/rest/hello', '"other"')).toEqual(sentWhole);
  await alice.ask(url, { method: 'DELETE' });
});

test.each([
  ['a new job', async () => alice.create('hello', { NAME: 'y' })],
  ['another run id', async (url: string) => alice.ask(url, body({ RUNID: 'two' }))],
  ['another phase', async (url: string) => alice.ask(`${url}/phase`, body({ PHASE: 'ABORT' }))],
  ['a deletion', async (url: string) => alice.ask(url, { method: 'DELETE' })],
])('%s changes the validator of the list in the next answer', async (_what, change) => {
  const url = await alice.create('hello', { NAME: 'x', RUNID: 'one' });
  const etag = await etagOf(alice, '/rest/hello');
  await change(url);
  expect(await statusWith(alice, '/rest/hello', etag)).toEqual(sentWhole);
  expect(await etagOf(alice, '/rest/hello')).not.toBe(etag);
});

test('what is changed and changed back has the validator it had: the list is the same', async () => {
  const url = await alice.create('hello', { NAME: 'x', RUNID: 'one' });
  const etag = await etagOf(alice, '/rest/hello');
  await alice.ask(url, body({ RUNID: 'two' }));
  await alice.ask(url, body({ RUNID: 'one' }));
  expect(await statusWith(alice, '/rest/hello', etag)).toEqual(unchanged);
});

test('run ids that were exchanged between two jobs are a change', async () => {
  const [one, two] = [
    await alice.create('hello', { RUNID: 'p', NAME: 'x' }),
    await alice.create('hello', { RUNID: 'q', NAME: 'x' }),
  ];
  const etag = await etagOf(alice, '/rest/hello');
  await alice.ask(one, body({ RUNID: 'q' }));
  await alice.ask(two, body({ RUNID: 'p' }));
  expect(await statusWith(alice, '/rest/hello', etag)).toEqual(sentWhole);
});

test('a validator belongs to its caller, its filters, its form and its address', async () => {
  await alice.create('hello', { NAME: 'x' });
  const etag = await etagOf(alice, '/rest/hello');
  expect(await statusWith(bob, '/rest/hello', etag)).toEqual(sentWhole);
  expect(await statusWith(alice, '/rest/hello?PHASE=HELD', etag)).toEqual(sentWhole);
  expect(await statusWith(alice, '/rest/hello?LAST=1', etag)).toEqual(sentWhole);
  expect(await statusWith(alice, '/rest/hello/async', etag)).toEqual(sentWhole);
  expect(await statusWith(alice, '/rest/hello?RESPONSEFORMAT=json', etag)).toEqual(sentWhole);
  const json = await etagOf(alice, '/rest/hello', { accept: 'application/json' });
  expect(json).not.toBe(etag);
  expect(await statusWith(alice, '/rest/hello?RESPONSEFORMAT=json', json)).toEqual(unchanged);
});

test('a change of a job outside of LAST=n is no change of that list', async () => {
  const old = await bob.create('hello', { NAME: 'old' });
  await new Promise((resolve) => setTimeout(resolve, 3));
  await bob.create('hello', { NAME: 'new' });
  const etag = await etagOf(bob, '/rest/hello?LAST=1');
  await bob.ask(old, { method: 'DELETE' });
  expect(await statusWith(bob, '/rest/hello?LAST=1', etag)).toEqual(unchanged);
});

test('the state computed by the database is the one computed from the rows', async () => {
  const { sql } = core.db;
  const filter = { whose: { ownerId: 'alice' }, definition: 'hello' } as const;
  for (const limit of [1, 3, 1000]) {
    const { rows, state } = await readJobrefs(sql, filter, limit);
    expect(await readListState(sql, filter, limit)).toEqual({ count: rows.length, state });
  }
  const nobody = { whose: { ownerId: 'nobody' } } as const;
  expect((await readJobrefs(sql, nobody, 5)).state).toBe((await readListState(sql, nobody, 5)).state);
});

test('a list in several parts is whole, newest first, and has no validator', async () => {
  const definition = await serviceOf(core).catalog.get('hello');
  const start = Date.now() - 86_400_000;
  const jobs = Array.from({ length: 4100 }, (_, index) =>
    aJob(definition, { ownerId: 'many', createdAt: new Date(start + Math.floor(index / 3)) }),
  );
  await insertJobs(core.db.sql, jobs, 0);
  const many = await uwsClient(server, 'many');
  for (const [query, count] of [
    ['', 4100],
    ['?LAST=2500', 2500],
    ['?LAST=2000', 2000],
  ] as const) {
    const answer = await many.ask(`/rest/hello${query}`, { headers: { 'if-none-match': '"x"' } });
    const text = await answer.text();
    expect([answer.status, answer.headers.get('etag') !== null]).toEqual([200, count === 2000]);
    expect(text.split('<uws:jobref ').length - 1).toBe(count);
    const times = [...text.matchAll(/<uws:creationTime>([^<]+)/g)].map(([, time]) => time ?? '');
    expect(times).toEqual([...times].sort().reverse());
    expect(text.endsWith('</uws:jobs>\n')).toBe(true);
  }
  const json = await many.ask('/rest/hello', { headers: { accept: 'application/json' } });
  const { version, jobs: entries } = (await json.json()) as { version: string; jobs: { id: string }[] };
  expect([version, new Set(entries.map(({ id }) => id)).size, entries.length]).toEqual(['1.1', 4100, 4100]);
  const head = await many.ask('/rest/hello', { method: 'HEAD' });
  expect([head.status, head.headers.get('content-type')]).toEqual([200, 'application/xml; charset=utf-8']);
});

test('a job document is not sent again as long as it is the same', async () => {
  const url = await alice.create('hello', { NAME: 'x' });
  const etag = await etagOf(alice, url);
  expect(await statusWith(alice, url, etag)).toEqual(unchanged);
  expect(await etagOf(alice, url, { accept: 'application/json' })).not.toBe(etag);
  await alice.ask(`${url}/parameters`, body({ NAME: 'other' }));
  expect(await statusWith(alice, url, etag)).toEqual(sentWhole);
  const changed = await etagOf(alice, url);
  await alice.ask(`${url}/phase`, body({ PHASE: 'ABORT' }));
  expect(await statusWith(alice, url, changed)).toEqual(sentWhole);
});

test('HEAD has the headers of GET and no body', async () => {
  const url = await alice.create('hello', { NAME: 'x' });
  for (const path of [url, '/rest/hello', `${url}/parameters`, `${url}/results`, `${url}/phase`]) {
    const head = await alice.ask(path, { method: 'HEAD' });
    const get = await alice.ask(path);
    expect([head.status, await head.text()]).toEqual([200, '']);
    for (const name of ['content-type', 'content-length', 'etag', 'vary', 'cache-control']) {
      expect([path, name, head.headers.get(name)]).toEqual([path, name, get.headers.get(name)]);
    }
  }
});

test('entries of a list lead to their jobs', async () => {
  const url = await bob.create('hello', { NAME: 'x' });
  const refs = childrenNamed(await bob.document('/rest/hello'), 'jobref');
  expect(refs[0]?.attributes).toMatchObject({ id: url.split('/').at(-1), href: url, type: 'simple' });
});

test('any run id and owner come through the list as they are, and none stays none', async () => {
  const definition = await serviceOf(core).catalog.get('hello');
  const filter = { whose: 'any', definition: 'hello' } as const;
  const text = fc
    .string({ unit: 'binary', maxLength: 40 })
    .filter((made) => !made.includes('\0') && made.isWellFormed());
  const awkward = fc.constantFrom('', '\\', '\\N', '\\t', '\t', '\n', 'a\\\nb', '\\\\n', '\u0001');
  const value = fc.option(fc.oneof(text, awkward));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 5 }), async (pairs) => {
      // The newest of all, so that they are the first of the list.
      const start = Date.now() + 1e10 * Math.random();
      const jobs = pairs.map(([runId, ownerId], index) =>
        aJob(definition, { runId, ownerId, createdAt: new Date(Math.floor(start) - index) }),
      );
      await insertJobs(core.db.sql, jobs);
      const { rows, state } = await readJobrefs(core.db.sql, filter, pairs.length, {
        createdAt: new Date(Math.floor(start) + 1),
        jobId: '',
      });
      expect(rows).toEqual(
        jobs.map(({ jobId, runId, ownerId, createdAt }) => ({
          jobId,
          phase: 'PENDING',
          runId,
          ownerId,
          creationTime: createdAt.toISOString(),
        })),
      );
      expect(state.startsWith(`${pairs.length}:`)).toBe(true);
      await core.db.sql`delete from uws.job where job_id = any(${jobs.map(({ jobId }) => jobId)})`;
    }),
    { numRuns: 60 },
  );
});
