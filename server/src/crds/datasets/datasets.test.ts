import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { signUp } from '../../../../test/support/auth.ts';
import { testServer } from '../../../../test/support/server.ts';
import { crds } from '../index.ts';
import { loadDatasets } from './load.ts';
import { datasetHeaders, datasetIds } from './read.ts';

const server = await testServer([crds]);
const { core } = server;

beforeAll(async () => {
  await core.db.sql`insert into crds.observatory (observatory) values ('hst'), ('jwst')`;
});

function lineOf(
  id: string,
  header: Record<string, unknown> = {},
  more: Record<string, unknown> = {},
): string {
  const date = { 'DATE-OBS': '2011-02-03', 'TIME-OBS': '04:05:06' };
  return JSON.stringify({ id, instrument: 'ACS', header: { ...date, DETECTOR: 'WFC', ...header }, ...more });
}

const load = (observatory: string, ...lines: string[]) =>
  loadDatasets(core, observatory, Readable.from([Buffer.from(lines.join('\n'))]));

test('a dataset is found by its whole id and by either half, in any case', async () => {
  const report = await load('hst', lineOf('J8BA0H010:J8BA0HRPQ', { CCDGAIN: 2 }));
  expect(report).toEqual({ lines: 1, added: 1, changed: 0, unchanged: 0, refused: 0, problems: [] });
  const header = { 'DATE-OBS': '2011-02-03', 'TIME-OBS': '04:05:06', DETECTOR: 'WFC', CCDGAIN: '2' };
  for (const asked of ['J8BA0H010:J8BA0HRPQ', 'j8ba0h010', 'J8ba0hrpq', 'j8ba0h010:j8ba0hrpq']) {
    expect(await datasetHeaders(core, 'hst', [asked])).toEqual({ 'J8BA0H010:J8BA0HRPQ': header });
  }
  expect(await datasetHeaders(core, 'jwst', ['j8ba0h010'])).toEqual({
    j8ba0h010: "NOT FOUND dataset ID does not exist 'j8ba0h010'",
  });
});

test('a product stands for all its exposures', async () => {
  await load('hst', lineOf('P1:E1'), lineOf('P1:E2'), lineOf('E1:E1'));
  expect(Object.keys(await datasetHeaders(core, 'hst', ['p1'])).sort()).toEqual(['P1:E1', 'P1:E2']);
  expect(Object.keys(await datasetHeaders(core, 'hst', ['e1'])).sort()).toEqual(['E1:E1', 'P1:E1']);
});

test('loading the same again changes nothing; another header replaces the one before', async () => {
  const first = lineOf('A:A', { FILTER: 'F606W' });
  expect(await load('hst', first, first)).toMatchObject({ added: 1, unchanged: 1 });
  expect(await load('hst', first)).toMatchObject({ added: 0, changed: 0, unchanged: 1 });
  expect(await load('hst', lineOf('a:a', { FILTER: 'F814W' }))).toMatchObject({ added: 0, changed: 1 });
  expect(await datasetHeaders(core, 'hst', ['A'])).toMatchObject({ 'a:a': { FILTER: 'F814W' } });
});

test('headers of one instrument may have different parameters', async () => {
  await load(
    'hst',
    lineOf('B:B', { Z: 'z', EMPTY: '' }),
    lineOf('C:C', { Q: null, T: true, lower: 'x', LOWER: 'y' }),
  );
  const headers = await datasetHeaders(core, 'hst', ['B', 'C']);
  expect(headers['B:B']).toMatchObject({ Z: 'z', EMPTY: '' });
  expect(Object.keys(headers['B:B'] ?? {})).not.toContain('Q');
  expect(headers['C:C']).toMatchObject({ Q: 'NONE', T: 'true', LOWER: 'x' });
});

test('wrong lines are told by their number and the others are kept', async () => {
  const report = await load(
    'hst',
    lineOf('GOOD1'),
    '{"id": ',
    '',
    '[]',
    lineOf('two words:x'),
    lineOf('D', {}, { instrument: 'a b' }),
    lineOf('D', { X: { deep: 1 } }),
    lineOf('D', { X: 'a\u001fb' }),
    lineOf('D', { 'DATE-OBS': 'soon' }),
    lineOf('D', {}, { date: 'soon' }),
    JSON.stringify({ id: 'D', instrument: 'acs', header: 'none' }),
    lineOf('D', { X: 'x'.repeat(300_000) }),
    lineOf('GOOD2'),
  );
  expect(report).toMatchObject({ lines: 12, added: 2, refused: 10 });
  expect(report.problems.map(({ line }) => line)).toEqual([2, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect(report.problems[0]?.message).toBe('The line is not JSON.');
  expect(Object.keys(await datasetHeaders(core, 'hst', ['GOOD1', 'GOOD2']))).toEqual([
    'GOOD1:GOOD1',
    'GOOD2:GOOD2',
  ]);
});

test('a name like __proto__ is a name like others', async () => {
  await load(
    'hst',
    '{"id":"PROTO","instrument":"acs","date":"2001-01-01","header":{"__proto__":"x","A":"1"}}',
  );
  const header = (await datasetHeaders(core, 'hst', ['PROTO']))['PROTO:PROTO'] as Record<string, string>;
  expect(Object.entries(header)).toEqual(
    expect.arrayContaining([
      ['__PROTO__', 'x'],
      ['A', '1'],
    ]),
  );
});

test('ids are listed in the order of exposure since a date', async () => {
  const dated = (id: string, date: string) => lineOf(id, { 'DATE-OBS': date }, { instrument: 'cos' });
  await load('hst', dated('L', '2012-01-01'), dated('M', '2010-01-01'), dated('N', '2011-06-01'));
  expect(await datasetIds(core, 'hst', 'COS')).toEqual(['M:M', 'N:N', 'L:L']);
  expect(await datasetIds(core, 'hst', 'cos', '2011-06-01 04:05:06')).toEqual(['N:N', 'L:L']);
  expect(await datasetIds(core, 'hst', 'cos', '2011-06-01T04:05:07')).toEqual(['L:L']);
  await expect(datasetIds(core, 'hst', 'cos', 'yesterday')).rejects.toMatchObject({
    code: 'crds.date-invalid',
  });
});

test('a line may be cut anywhere, and the last needs no end', async () => {
  const text = Buffer.from(`${lineOf('CUT1', { OBJECT: 'Größe' })}\r\n${lineOf('CUT2')}`);
  const pieces = Array.from(text, (_byte, at) => text.subarray(at, at + 1));
  expect(await loadDatasets(core, 'hst', Readable.from(pieces))).toMatchObject({
    lines: 2,
    added: 2,
    refused: 0,
  });
  expect(await datasetHeaders(core, 'hst', ['CUT1'])).toMatchObject({ 'CUT1:CUT1': { OBJECT: 'Größe' } });
});

test('archives register over HTTP, within their scope', async () => {
  const archive = await signUp(core, 'archivist', 'archive:hst');
  const user = await signUp(core, 'reader', 'user');
  const post = (observatory: string, headers: Record<string, string>, type = 'application/x-ndjson') =>
    fetch(`${server.address}/api/crds/observatories/${observatory}/datasets`, {
      method: 'POST',
      headers: { ...headers, 'content-type': type },
      body: `${lineOf('WEB1')}\nnonsense\n`,
    });
  const good = await post('hst', archive.headers);
  expect([good.status, await good.json()]).toEqual([
    200,
    {
      lines: 2,
      added: 1,
      changed: 0,
      unchanged: 0,
      refused: 1,
      problems: [{ line: 2, message: 'The line is not JSON.' }],
    },
  ]);
  expect((await post('jwst', archive.headers)).status).toBe(403);
  expect((await post('hst', user.headers)).status).toBe(403);
  expect((await post('hst', {})).status).toBe(401);
  expect((await post('hst', archive.headers, 'application/json')).status).toBe(415);
  const admin = { authorization: `Bearer ${server.adminToken}` };
  expect((await post('nowhere', admin)).status).toBe(404);
});

test('lines may come as gzip; what is no gzip is refused and changes nothing', async () => {
  const post = (body: Uint8Array<ArrayBuffer>) =>
    fetch(`${server.address}/api/crds/observatories/hst/datasets`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${server.adminToken}`,
        'content-type': 'application/x-ndjson',
        'content-encoding': 'gzip',
      },
      body,
    });
  const packed = gzipSync(`${lineOf('ZIP1')}\n${lineOf('ZIP2')}\n`);
  expect(await (await post(new Uint8Array(packed))).json()).toMatchObject({ lines: 2, added: 2 });
  const broken = await post(new TextEncoder().encode(lineOf('ZIP3')));
  expect(broken.status).toBe(400);
  expect(await datasetHeaders(core, 'hst', ['ZIP3'])).toEqual({
    ZIP3: "NOT FOUND dataset ID does not exist 'ZIP3'",
  });
});

test('headers of one instrument have a thousand parameters at most', async () => {
  const many = (from: number) =>
    Object.fromEntries(Array.from({ length: 350 }, (_, n) => [`P${from + n}`, 'x']));
  const wide = (id: string, from: number) => lineOf(id, many(from), { instrument: 'nicmos' });
  expect(await load('hst', wide('W1', 0))).toMatchObject({ added: 1 });
  expect(await load('hst', wide('W2', 350))).toMatchObject({ added: 1 });
  const refused = await load('hst', wide('W3', 700), wide('W1', 100));
  expect(refused).toMatchObject({ added: 0, refused: 2 });
  expect(refused.problems[0]?.message).toContain('more than 1000 different parameters');
  expect(await load('hst', wide('W1', 100))).toMatchObject({ changed: 1 });
});

test('two loads of the same datasets at once leave each of them once', async () => {
  const lines = Array.from({ length: 300 }, (_, n) => lineOf(`R${n}`, { TURN: 'a' }));
  await Promise.all([load('hst', ...lines), load('hst', ...lines.toReversed()), load('hst', ...lines)]);
  const headers = await datasetHeaders(
    core,
    'hst',
    lines.map((_, n) => `R${n}`),
  );
  expect(Object.keys(headers)).toHaveLength(300);
});

test('others are answered while a piece of a stream with very many lines is read', async () => {
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const report = await load('hst', ...Array.from({ length: 30_000 }, () => 'x'));
  isOver = true;
  expect(report).toMatchObject({ lines: 30_000, refused: 30_000 });
  expect(report.problems).toHaveLength(100);
  expect(turns).toBeGreaterThan(5);
});
