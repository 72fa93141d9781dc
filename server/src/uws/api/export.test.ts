import { UwsJobCount, UwsJobPage, UwsJobRow } from '@orrery/contracts/uws';
import fc from 'fast-check';
import { Value } from 'typebox/value';
import { beforeEach, describe, expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { aJob, aStoredDefinition } from '../../../../test/support/uws.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { uws } from '../index.ts';
import { insertJobs } from '../jobs/jobs.store.ts';
import { csvCell, ExportPlaces } from './export.ts';

const server = await testServer([uws]);
const { core, address } = server;
const { sql } = core.db;

async function tokenOf(name: string, roles: string[]): Promise<string> {
  await createAccount(core.auth.context, { name: 'tester' }, { name, roles });
  return await createToken(core.auth.context, { name: 'tester' }, { user: name });
}
const alice = await tokenOf('alice', ['user']);
const operator = await tokenOf('operator', ['operator']);
const probe = await aStoredDefinition(core.db);

const ask = (path: string, token = alice) =>
  fetch(`${address}/api/uws/jobs${path}`, { headers: { authorization: `Bearer ${token}` } });
const at = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 60_000);

/** `n` jobs a minute apart, the last one newest. */
async function someJobs(n: number, ownerId = 'alice', more: object = {}): Promise<void> {
  await insertJobs(
    sql,
    Array.from({ length: n }, (_, index) => aJob(probe, { ownerId, createdAt: at(index), ...more })),
  );
}

beforeEach(async () => {
  await sql`delete from uws.job`;
});

describe('an export', () => {
  test('has every row of the view in the order of the list, over many batches', async () => {
    await someJobs(2345);
    const answer = await ask('/export?format=jsonl');
    expect(answer.headers.get('content-type')).toContain('application/jsonl');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="jobs-[\dT-]+\.jsonl"$/);
    const rows = (await answer.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as UwsJobRow);
    expect(rows).toHaveLength(2345);
    expect(rows.every((row) => Value.Check(UwsJobRow, row))).toBe(true);
    expect(rows.map(({ createdAt }) => createdAt)).toEqual(
      Array.from({ length: 2345 }, (_, index) => at(2344 - index).toISOString()),
    );
    expect(new Set(rows.map(({ id }) => id)).size).toBe(2345);
  });

  test('is CSV with a head unless asked otherwise, and has the head alone when nothing matches', async () => {
    await someJobs(1, 'alice', { jobId: 'onlyone', runId: 'a "quoted", name' });
    const answer = await ask('/export');
    expect(answer.headers.get('content-type')).toContain('text/csv');
    expect(await answer.text()).toBe(
      'id,definition,runId,owner,phase,createdAt,startedAt,endedAt,deadline,overdue,error\r\n' +
        'onlyone,probe,"a ""quoted"", name",alice,PENDING,2026-01-01T00:00:00.000Z,,,,false,\r\n',
    );
    expect(await (await ask('/export?phase=ERROR')).text()).toMatch(/^id,[^\n]*\r\n$/);
  });

  test('has the same filters as the list, and no job of another', async () => {
    await someJobs(3);
    await someJobs(2, 'bob');
    const lines = async (path: string, token?: string) =>
      (await (await ask(path, token)).text()).split('\n').filter((line) => line !== '').length;
    expect(await lines('/export?format=jsonl')).toBe(3);
    expect(await lines('/export?format=jsonl', operator)).toBe(5);
    expect(await lines('/export?format=jsonl&owner=bob', operator)).toBe(2);
    expect(await lines('/export?format=jsonl&owner=bob')).toBe(0);
    const after = at(0).toISOString();
    expect(await lines(`/export?format=jsonl&createdAfter=${after}&phase=PENDING`)).toBe(2);
  });

  test('goes out while it is read, and ends with its reader', async () => {
    await someJobs(5000);
    const stop = new AbortController();
    const answer = await fetch(`${address}/api/uws/jobs/export?format=jsonl`, {
      headers: { authorization: `Bearer ${alice}` },
      signal: stop.signal,
    });
    const reader = answer.body?.getReader();
    expect((await reader?.read())?.value?.length).toBeGreaterThan(0);
    stop.abort();
    // Both places of the caller are free again.
    await expect
      .poll(async () => (await Promise.all([ask('/export'), ask('/export')])).map((each) => each.status))
      .toEqual([200, 200]);
  });

  test.each(['format=xml', 'phase=FLYING', 'createdAfter=soon'])('%s is refused', async (query) => {
    expect((await ask(`/export?${query}`)).status).toBe(400);
  });

  test('is given only so many times at once, to one caller and to all', () => {
    const places = new ExportPlaces();
    const first = places.take('alice');
    places.take('alice');
    expect(() => places.take('alice')).toThrow(/2 exports under way/);
    first();
    first();
    places.take('alice');
    expect(() => places.take('alice')).toThrow();
    for (let n = 0; n < 14; n += 1) places.take(`user ${n}`);
    expect(() => places.take('late')).toThrow(/16 exports are under way/);
  });
});

describe('a cell of a CSV file', () => {
  test.each([
    ['=cmd|calc', "'=cmd|calc"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', '"\'\r=1"'],
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['=1,"2"', '"\'=1,""2"""'],
    ['plain', 'plain'],
    [null, ''],
    [true, 'true'],
  ])('%j is written as %j', (value, wanted) => expect(csvCell(value)).toBe(wanted));

  test('never begins a formula and never ends its row', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 12 }), (text) => {
        const cell = csvCell(text);
        const inner = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
        expect(inner).not.toMatch(/^[=+\-@\t\r\n]/);
        expect(inner === text || inner === `'${text}`).toBe(true);
        if (!cell.startsWith('"')) expect(cell).not.toMatch(/[",\r\n]/);
      }),
    );
  });
});

describe('a list', () => {
  test('is counted to the unit on request', async () => {
    await someJobs(12);
    await someJobs(4, 'bob');
    const counted = async (query: string, token?: string) => {
      const body = (await (await ask(`/count${query}`, token)).json()) as UwsJobCount;
      expect([...Value.Errors(UwsJobCount, body)]).toEqual([]);
      return body.count;
    };
    expect(await counted('')).toBe(12);
    expect(await counted('', operator)).toBe(16);
    expect(await counted('?owner=bob', operator)).toBe(4);
    expect(await counted('?phase=ERROR')).toBe(0);
  });

  test('begins at a time, and goes on both ways from there', async () => {
    await someJobs(10);
    const page = async (query: string) => {
      const body = (await (await ask(query)).json()) as UwsJobPage;
      expect([...Value.Errors(UwsJobPage, body)]).toEqual([]);
      return body;
    };
    const minutes = ({ rows }: UwsJobPage) =>
      rows.map(({ createdAt }) => (Date.parse(createdAt) - at(0).getTime()) / 60_000);
    const here = await page(`?limit=3&at=${at(6).toISOString()}`);
    expect(minutes(here)).toEqual([6, 5, 4]);
    expect(minutes(await page(`?limit=3&cursor=${here.newer}`))).toEqual([9, 8, 7]);
    expect(minutes(await page(`?limit=3&cursor=${here.older}`))).toEqual([3, 2, 1]);
    expect(minutes(await page(`?limit=3&at=${new Date(at(6).getTime() - 1).toISOString()}`))).toEqual([
      5, 4, 3,
    ]);
    expect(minutes(await page(`?limit=3&at=2020-01-01T00:00:00.000Z`))).toEqual([]);
    expect((await ask('?at=noon')).status).toBe(400);
  });
});
