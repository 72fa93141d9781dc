import {
  CrdsAffectedDetails,
  type CrdsAffectedPage,
  type CrdsAffectedRowPage,
  type CrdsDataset,
  type CrdsDatasetCounts,
  type CrdsDatasetPage,
} from '@orrery/contracts/crds';
import { Value } from 'typebox/value';
import { beforeAll, describe, expect, test } from 'vitest';
import { toyHeader } from '../../../../test/support/crds.ts';
import { crdsScene } from '../../../../test/support/crds-api.ts';
import { registerDatasets } from '../datasets/register.ts';

const { core, ask, operator, app, read } = await crdsScene();
const base = 'observatories/tobs';

const ids = Array.from({ length: 5 }, (_, at) => `J${at}:J${at}A`);

beforeAll(async () => {
  const lines = ids.map((id, at) =>
    JSON.stringify({
      id,
      instrument: at === 4 ? 'cos' : 'acs',
      header: { ...toyHeader, INSTRUME: at === 4 ? 'COS' : 'ACS', 'DATE-OBS': `201${at}-02-20` },
      date: `201${at}-02-20T00:00:00`,
    }),
  );
  await registerDatasets(
    core,
    'tobs',
    (async function* () {
      yield Buffer.from(`${lines.join('\n')}\n`);
    })(),
    { name: 'test' },
  );
});

describe('datasets', () => {
  const idsOf = async (query: string) =>
    (await read<CrdsDatasetPage>(`${base}/datasets?${query}`)).rows.map(({ id }) => id);

  test.each([
    ['', ids],
    ['instrument=COS', ['J4:J4A']],
    ['text=j1', ['J1:J1A']],
    ['text=%25', []],
    ['since=2013-01-01T00:00:00Z', ['J3:J3A', 'J4:J4A']],
    ['before=2011-01-01T00:00:00Z', ['J0:J0A']],
  ])('with "%s" are %j', async (query, expected) => {
    expect(await idsOf(query)).toEqual(expected);
  });

  test('are paged to the end', async () => {
    const pages: string[][] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: CrdsDatasetPage = await read(`${base}/datasets?limit=2${cursor && `&cursor=${cursor}`}`);
      pages.push(page.rows.map(({ id }) => id));
      cursor = page.older;
    }
    expect(pages.map(({ length }) => length)).toEqual([2, 2, 1]);
    expect(pages.flat()).toEqual(ids);
  });

  test('are paged back as far as the beginning', async () => {
    const visited: CrdsDatasetPage[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: CrdsDatasetPage = await read(`${base}/datasets?limit=1${cursor && `&cursor=${cursor}`}`);
      visited.push(page);
      cursor = page.older;
    }
    expect(visited).toHaveLength(5);
    for (let at = 4; at > 0; at -= 1) {
      const page = await read<CrdsDatasetPage>(`${base}/datasets?limit=1&cursor=${visited[at]?.newer}`);
      expect(page.rows).toEqual(visited[at - 1]?.rows);
      expect([page.newer, page.older]).toEqual([visited[at - 1]?.newer, visited[at - 1]?.older]);
    }
    expect(visited[0]?.newer).toBeNull();
    expect((await ask(`${base}/datasets?cursor=${Buffer.from('o["a"]').toString('base64url')}`)).status).toBe(
      400,
    );
  });

  test('are counted by instrument', async () => {
    expect(await read<CrdsDatasetCounts>(`${base}/datasets/counts`)).toMatchObject({
      total: 5,
      instruments: [
        { instrument: 'acs', datasets: 4 },
        { instrument: 'cos', datasets: 1 },
      ],
    });
  });

  test('one has its header', async () => {
    const dataset = await read<CrdsDataset>(`${base}/datasets/${encodeURIComponent('j1:j1a')}`);
    expect(dataset).toMatchObject({ id: 'J1:J1A', instrument: 'acs' });
    expect(dataset.header).toContainEqual({ name: 'DETECTOR', value: 'WFC' });
    for (const id of ['nothing', '__proto__', "a'b", 'a'.repeat(200)])
      expect(await ask(`${base}/datasets/${encodeURIComponent(id)}`)).toMatchObject({
        status: 404,
        body: { code: 'crds.dataset-unknown' },
      });
  });
});

describe('affected data', () => {
  const start = (body: unknown, who?: string) =>
    ask(`${base}/affected`, { body, ...(who === undefined ? {} : { who }) });
  const wish = { old: 'tobs_0001.pmap', new: 'tobs-edit' };

  test('are looked for by who operates the observatory', async () => {
    expect((await start(wish)).status).toBe(401);
    await core.db
      .sql`insert into crds.observatory (observatory, title) values ('jwst', 'JWST') on conflict do nothing`;
    const body = { old: 'jwst_0001.pmap', new: 'jwst_0002.pmap' };
    // The list of observatories is at most a second old.
    await expect
      .poll(async () => (await ask('observatories/jwst/affected', { body, who: operator })).status, {
        timeout: 5000,
      })
      .toBe(403);
  });

  test.each([
    [{ old: 'tobs_0001.pmap' }, 400],
    [{ ...wish, since: 'then' }, 400],
    [{ ...wish, more: 1 }, 400],
    [{ ...wish, old: 'tobs_0404.pmap' }, 404],
    [{ ...wish, old: 'tobs_acs_0001.imap' }, 400],
  ])('of %j are refused', async (body, status) => {
    expect((await start(body, operator)).status).toBe(status);
  });

  test('a comparison waits, is found, and can be cancelled once', async () => {
    const started = await start(wish, operator);
    expect(started.status).toBe(202);
    expect([...Value.Errors(CrdsAffectedDetails, started.body)]).toEqual([]);
    const { id } = started.body as CrdsAffectedDetails;
    expect(started.body).toMatchObject({
      old: 'tobs_0001.pmap',
      new: 'tobs_0002.pmap',
      state: 'waiting',
      acts: { cancel: true },
    });
    const listed = async (query: string) =>
      (await read<CrdsAffectedPage>(`${base}/affected?${query}`)).rows.map((row) => row.id);
    expect(await listed('')).toEqual([id]);
    expect(await listed('state=waiting&new=tobs_0002.pmap')).toEqual([id]);
    expect(await listed('context=tobs_0001.pmap')).toEqual([id]);
    expect(await listed('state=done')).toEqual([]);
    expect(await listed('state=cancelling')).toEqual([]);
    expect(await read<CrdsAffectedDetails>(`${base}/affected/${id}`)).toMatchObject({
      acts: { cancel: false },
    });
    const cancel = (who?: string) =>
      ask(`${base}/affected/${id}/cancel`, { body: {}, ...(who === undefined ? {} : { who }) });
    expect((await cancel()).status).toBe(401);
    expect(await cancel(operator)).toMatchObject({
      status: 200,
      body: { state: 'cancelled', acts: { cancel: false } },
    });
    expect(await cancel(operator)).toMatchObject({ status: 409, body: { code: 'crds.affected-run-ended' } });
  });

  test.each(['0', '999999', 'x', '-1', '1e3', '9'.repeat(30), '__proto__'])(
    'run %s is unknown',
    async (run) => {
      for (const part of ['', '/rows', '/export'])
        expect(await ask(`${base}/affected/${run}${part}`)).toMatchObject({
          status: 404,
          body: { message: `There is no comparison ${run.slice(0, 20)}.` },
        });
    },
  );

  test('what a comparison found is paged, filtered and sent as a file', async () => {
    const [run] = await core.db.sql<{ id: number }[]>`
      insert into crds.affected_run (observatory, old_context, new_context, state, requested_by, touched, total, looked,
        affected, products, started_at, ended_at)
      values ('tobs', 'tobs_0001.pmap', 'tobs_0002.pmap', 'done', '=cmd', '[{"instrument":"acs","type":"biasfile","since":null}]',
        4, 4, 3, 3, clock_timestamp(), clock_timestamp()) returning affected_run_id as id`;
    const id = run?.id ?? 0;
    await core.db.sql`
      insert into crds.affected_part (affected_run_id, part, instrument, from_at, until_at, total, cursor_at)
      values (${id}, 0, 'acs', '2010-01-01', '2014-01-01', 4, '2014-01-01')`;
    await core.db.sql`
      insert into crds.affected_count (affected_run_id, part, type, month, datasets)
      values (${id}, 0, 'biasfile', '2010-02-01', 3), (${id}, 0, '', '2010-02-01', 1), (${id}, 0, '', '2012-02-01', 2)`;
    const [change] = await core.db.sql<{ id: number }[]>`
      insert into crds.affected_change (affected_run_id, type, old, new)
      values (${id}, 'biasfile', 'new_bia.fits', '=newer,"bia".fits') returning affected_change_id as id`;
    await core.db.sql`
      insert into crds.affected_dataset (affected_run_id, dataset_id, changes)
      select ${id}, dataset_id, array[${change?.id ?? 0}]::int[] from crds.dataset
      where exposed_at < '2013-01-01' and instrument = 'acs'`;
    expect(await read<CrdsAffectedDetails>(`${base}/affected/${id}`)).toMatchObject({
      types: [{ instrument: 'acs', type: 'biasfile', affected: 3 }],
      histogram: { unit: 'month', bars: [{ affected: 1 }, { affected: 2 }] },
      products: 3,
    });
    const rowsOf = async (query: string) =>
      (await read<CrdsAffectedRowPage>(`${base}/affected/${id}/rows?${query}`)).rows.map(
        ({ dataset }) => dataset,
      );
    expect(await rowsOf('')).toEqual(ids.slice(0, 3));
    expect(await rowsOf('type=darkfile')).toEqual([]);
    expect(await rowsOf('text=J1')).toEqual(['J1:J1A']);
    expect(await rowsOf('since=2011-06-01T00:00:00Z&instrument=ACS')).toEqual(['J2:J2A']);
    const first = await read<CrdsAffectedRowPage>(`${base}/affected/${id}/rows?limit=2`);
    expect(await rowsOf(`limit=2&cursor=${first.older}`)).toEqual(['J2:J2A']);
    const file = async (query: string) =>
      (await app.inject({ url: `/api/crds/${base}/affected/${id}/export?${query}` })).body;
    const csv = (await file('')).split('\r\n');
    expect(csv[0]).toBe('dataset,instrument,date,type,old,new');
    expect(csv[1]).toBe(`J0:J0A,acs,2010-02-20T17:32:29.000Z,biasfile,new_bia.fits,"'=newer,""bia"".fits"`);
    expect(csv).toHaveLength(5);
    expect(
      (await file('format=jsonl'))
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { dataset: string }).dataset),
    ).toEqual(ids.slice(0, 3));
    expect(await file('format=ids')).toBe('j0\nj1\nj2\n');
  });
});
