import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { aDefinition } from '../../../../test/support/uws.ts';
import { uwsClient } from '../../../../test/support/uws-client.ts';
import { installDefinition } from '../definitions/index.ts';
import { uws } from '../index.ts';
import { serviceOf } from '../service.ts';

const server = await testServer([uws], { role: 'web', 'uws.maxUploadMb': '1' });
const { core } = server;
const alice = await uwsClient(server, 'alice');
await installDefinition(
  core.db,
  aDefinition({
    name: 'many',
    maxUploadBytes: 300_000,
    parameters: [
      { name: 'text', type: 'string' },
      { name: 'images', type: 'file', multiple: true },
      { name: 'other', type: 'file' },
    ],
  }),
  'tester',
  new Date(),
);
serviceOf(core).catalog.forget();

const countJobs = async () =>
  (await core.db.sql<{ n: number }[]>`select count(*)::int as n from uws.job`)[0]?.n;

/** Contents that differ, small and large mixed, so that they are done in another order than they come in. */
const contentOf = (index: number) => `${index} `.repeat(index % 7 === 0 ? 20_000 : 5);

test('many files of one form keep their order, their names and their bytes', async () => {
  const form = new FormData();
  for (let index = 0; index < 120; index++) {
    form.append('images', new Blob([contentOf(index)], { type: 'text/plain' }), `f${index}.txt`);
    if (index === 60) form.append('text', 'between');
  }
  form.append('other', new Blob(['last']), 'last.txt');
  const url = await alice.create('many', form);
  for (const index of [0, 1, 7, 63, 118, 119]) {
    const answer = await alice.ask(`${url}/parameters/images/${index + 1}`);
    expect(answer.headers.get('content-disposition')).toContain(`f${index}.txt`);
    expect(await answer.text()).toBe(contentOf(index));
  }
  expect(await alice.text(`${url}/parameters/text`)).toBe('between');
  expect(await alice.text(`${url}/parameters/other`)).toBe('last');
  expect((await alice.ask(`${url}/parameters/images/121`)).status).toBe(404);
}, 30_000);

test.each([
  ['first', 0],
  ['in the middle', 20],
  ['last', 39],
])(
  'one file too large, %s among others, refuses the form at once and makes no job',
  async (_where, place) => {
    const before = await countJobs();
    const form = new FormData();
    for (let index = 0; index < 40; index++) {
      form.append('images', new Blob(['x'.repeat(index === place ? 300_001 : 1000)]), `f${index}`);
    }
    const answer = await alice.ask('/rest/many', { method: 'POST', body: form });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([413, 'text/plain; charset=utf-8']);
    expect(await countJobs()).toBe(before);
    // The connection and the store go on as if nothing had been.
    await alice.create('many', { text: 'after' });
  },
);

test('a value that is refused after files were sent gives the files up', async () => {
  const before = await countJobs();
  const form = new FormData();
  for (let index = 0; index < 20; index++) form.append('images', new Blob([`${index}`]), `f${index}`);
  form.append('RUNID', 'one');
  form.append('RUNID', 'two');
  const answer = await alice.ask('/rest/many', { method: 'POST', body: form });
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('RUNID')]);
  expect(await countJobs()).toBe(before);
});

test('a form that breaks off among several files is refused, or its connection ends, and makes no job', async () => {
  const before = await countJobs();
  const part = (index: number) =>
    `--b\r\ncontent-disposition: form-data; name="images"; filename="f${index}"\r\n\r\n${index}\r\n`;
  const body = `${[1, 2, 3, 4, 5].map(part).join('')}--b\r\ncontent-disposition: form-data; name="images"; filename="g"\r\n\r\nhalf`;
  const headers = { 'content-type': 'multipart/form-data; boundary=b' };
  const answer = await alice.ask('/rest/many', { method: 'POST', body, headers });
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('not whole')]);
  expect(await countJobs()).toBe(before);
});

test('a form that is declared too large is refused before it is read', async () => {
  const form = new FormData();
  for (let index = 0; index < 70; index++)
    form.append('images', new Blob(['x'.repeat(260_000)]), `f${index}`);
  const answer = await alice.ask('/rest/many', { method: 'POST', body: form });
  expect(answer.status).toBe(413);
});
