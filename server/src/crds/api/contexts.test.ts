import type {
  CrdsContext,
  CrdsContextPage,
  CrdsContextReferencePage,
  CrdsFile,
  CrdsHistoryPage,
  CrdsHome,
  CrdsObservatory,
  CrdsObservatoryList,
} from '@orrery/contracts/crds';
import { describe, expect, test } from 'vitest';
import { crdsScene } from '../../../../test/support/crds-api.ts';
import { addFiles } from '../catalogue/files.store.ts';
import { forgetObservatories } from '../observatory/observatory.ts';

const scene = await crdsScene();
const { core, operator, ask, read } = scene;
const base = 'observatories/tobs';

describe('observatories', () => {
  test('are listed with their contexts and counts', async () => {
    const { rows } = await read<CrdsObservatoryList>('observatories');
    expect(rows).toMatchObject([
      {
        observatory: 'tobs',
        contexts: { latest: 'tobs_0001.pmap', edit: 'tobs_0002.pmap', versions: null, build: null },
        counts: { mappings: 7, references: 5, bad: 0, held: 7, datasets: 0 },
      },
    ]);
  });

  test('one says what a shell of a client must set', async () => {
    const { environment, serverUrl, instruments, acts } = await read<CrdsObservatory>(base);
    expect(serverUrl).toMatch(/^https?:\/\/.+\/crds\/tobs$/);
    expect(Object.fromEntries(environment.map(({ name, value }) => [name, value]))).toEqual({
      CRDS_SERVER_URL: serverUrl,
      CRDS_PATH: '$HOME/crds_cache/tobs',
      CRDS_OBSERVATORY: 'tobs',
      CRDS_CONTEXT: 'tobs_0001.pmap',
    });
    expect(instruments).toEqual(['acs']);
    expect(acts).toEqual({ operate: false, register: false });
    expect((await read<CrdsObservatory>(base, operator)).acts).toEqual({ operate: true, register: true });
  });

  test.each(['nope', 'TOBS', '__proto__', 'constructor', '%2e%2e'])('%s is not one', async (name) => {
    for (const part of ['', '/home', '/files', '/contexts', '/contexts/history'])
      expect(await ask(`observatories/${name}${part}`)).toMatchObject({
        status: 404,
        body: { code: expect.stringMatching(/^(crds.observatory-unknown|http.path-unknown)$/) },
      });
  });
});

describe('home', () => {
  test('has instruments and types of the latest context with the number of their references', async () => {
    const { instruments, ...home } = await read<CrdsHome>(`${base}/home`);
    expect(home).toMatchObject({ context: 'tobs_0001.pmap', mappings: 4, references: 3 });
    expect(instruments).toMatchObject([
      {
        instrument: 'acs',
        imap: 'tobs_acs_0001.imap',
        references: 3,
        types: [
          { type: 'biasfile', rmap: 'tobs_acs_biasfile_0001.rmap', references: 2, special: null },
          { type: 'darkfile', rmap: 'tobs_acs_darkfile_0001.rmap', references: 1 },
        ],
      },
    ]);
  });

  test('of another context says what does not apply', async () => {
    const { instruments } = await read<CrdsHome>(`${base}/home?context=tobs-edit`);
    expect(instruments).toMatchObject([
      {
        instrument: 'acs',
        types: [{ type: 'biasfile' }, { type: 'cfltfile', rmap: null, special: 'N/A' }, {}],
      },
      { instrument: 'cos', imap: null, special: 'N/A', types: [] },
    ]);
  });

  test('is not sent again to who holds it', async () => {
    const { headers } = await ask(`${base}/home`);
    expect((await ask(`${base}/home`, { headers: { 'if-none-match': String(headers.etag) } })).status).toBe(
      304,
    );
  });

  test.each([
    ['tobs_0404.pmap', 404, 'crds.context-unknown'],
    ['tobs_acs_0001.imap', 400, 'crds.context-not-whole'],
    ['tobs-acs-latest', 400, 'crds.context-not-whole'],
    ['tobs-1999-01-01', 404, 'crds.context-unknown'],
    ['hst-latest', 404, 'crds.context-unknown'],
    ['tobs-versions', 404, 'crds.context-unset'],
  ])('of "%s" is refused', async (context, status, code) => {
    expect(await ask(`${base}/home?context=${context}`)).toMatchObject({ status, body: { code } });
  });
});

describe('contexts', () => {
  test('are listed from the newest on, with what they are and were', async () => {
    const { rows, about } = await read<CrdsContextPage>(`${base}/contexts`);
    expect(about).toBe(2);
    expect(rows).toMatchObject([
      { name: 'tobs_0002.pmap', roles: ['edit'], latestAt: null, description: null },
      {
        name: 'tobs_0001.pmap',
        roles: ['latest'],
        latestAt: '2020-01-01T00:00:00.000Z',
        description: 'the first',
      },
    ]);
  });

  test.each([
    ['text=0002', ['tobs_0002.pmap']],
    ['text=*_0001.pmap', ['tobs_0001.pmap']],
    ['wasLatest=true', ['tobs_0001.pmap']],
    ['wasLatest=false', ['tobs_0002.pmap']],
    ['bad=true', []],
    ['bad=false&limit=1', ['tobs_0002.pmap']],
  ])('with %s are %j', async (query, expected) => {
    const { rows } = await read<CrdsContextPage>(`${base}/contexts?${query}`);
    expect(rows.map(({ name }) => name)).toEqual(expected);
  });

  test('page by page there and back', async () => {
    const first = await read<CrdsContextPage>(`${base}/contexts?limit=1`);
    const second = await read<CrdsContextPage>(`${base}/contexts?limit=1&cursor=${first.older}`);
    expect(second.rows.map(({ name }) => name)).toEqual(['tobs_0001.pmap']);
    expect(second.older).toBeNull();
    const back = await read<CrdsContextPage>(`${base}/contexts?limit=1&cursor=${second.newer}`);
    expect(back.rows).toEqual(first.rows);
  });

  test('one has its tree, its neighbours and its history', async () => {
    const context = await read<CrdsContext>(`${base}/contexts/tobs_0001.pmap`);
    expect(context).toMatchObject({
      mappings: 4,
      references: 3,
      instrumentKey: 'INSTRUME',
      neighbours: { older: null, newer: 'tobs_0002.pmap' },
      history: [{ context: 'tobs_0001.pmap', endedAt: null, before: null, by: 'import' }],
      obstacles: null,
    });
    expect(await read<CrdsContext>(`${base}/contexts/tobs-edit`, operator)).toMatchObject({
      name: 'tobs_0002.pmap',
      neighbours: { older: 'tobs_0001.pmap', newer: null },
      obstacles: [],
    });
    expect(await ask(`${base}/contexts/tobs_0404.pmap`)).toMatchObject({
      status: 404,
      body: { code: 'crds.context-unknown' },
    });
  });

  test('references of one are filtered and paged, those that only rules name too', async () => {
    const url = `${base}/contexts/tobs_0001.pmap/references`;
    const rowsOf = async (query: string) =>
      (await read<CrdsContextReferencePage>(`${url}?${query}`)).rows.map(({ name }) => name);
    expect(await rowsOf('')).toEqual(['new_bia.fits', 'old_bia.fits', 'hrc_drk.fits']);
    expect(await rowsOf('type=DarkFile')).toEqual(['hrc_drk.fits']);
    expect(await rowsOf('instrument=ACS&text=OLD')).toEqual(['old_bia.fits']);
    expect(await rowsOf('instrument=cos')).toEqual([]);
    expect(await rowsOf('bad=true')).toEqual([]);
    const first = await read<CrdsContextReferencePage>(`${url}?limit=2`);
    const second = await read<CrdsContextReferencePage>(`${url}?limit=2&cursor=${first.older}`);
    expect(second.rows).toMatchObject([
      { name: 'hrc_drk.fits', instrument: 'acs', type: 'darkfile', rmap: 'tobs_acs_darkfile_0001.rmap' },
    ]);
    await core.db.sql`delete from crds.file where name = 'hrc_drk.fits'`;
    forgetObservatories(core);
    expect((await read<CrdsContextReferencePage>(`${url}?type=darkfile`)).rows).toMatchObject([
      { name: 'hrc_drk.fits', file: null },
    ]);
  });
});

describe('setting a context', () => {
  const set = (body: unknown, who: string | undefined = operator, observatory = 'tobs') =>
    ask(`observatories/${observatory}/contexts`, { body, ...(who === undefined ? {} : { who }) });
  const wish = { kind: 'latest', context: 'tobs_0002.pmap', description: 'newer biases' };

  test('needs the permission for this observatory', async () => {
    expect(await ask(`${base}/contexts`, { body: wish })).toMatchObject({ status: 401 });
    await core.db.sql`insert into crds.observatory (observatory, title) values ('jwst', 'JWST')`;
    forgetObservatories(core);
    expect(await set(wish, operator, 'jwst')).toMatchObject({
      status: 403,
      body: { code: 'auth.permission-missing' },
    });
  });

  test.each([
    [{ ...wish, kind: 'newest' }, 400],
    [{ ...wish, description: '' }, 400],
    [{ ...wish, context: 7 }, 400],
    [{ ...wish, extra: true }, 400],
    [{ kind: 'latest' }, 400],
    [{ ...wish, context: 'tobs_0404.pmap' }, 404],
    [{ ...wish, context: 'tobs_acs_0001.imap' }, 404],
    [{ ...wish, kind: 'build', calibrationVersion: 'new' }, 400],
    [{ ...wish, calibrationVersion: '1.2.3' }, 409],
  ])('as %j is refused', async (body, status) => {
    expect(await set(body)).toMatchObject({ status });
    const { contexts } = await read<CrdsObservatory>(base);
    expect(contexts.latest).toBe('tobs_0001.pmap');
  });

  test('to one that leads to bad files is refused with the files, and said before', async () => {
    await core.db.transaction((tx) => addFiles(tx, 'tobs', [{ name: 'hrc_drk.fits', state: 'archived' }]));
    await core.db.sql`update crds.file set rejected = true, bad_reason = 'hot' where name = 'hrc_bia.fits'`;
    forgetObservatories(core);
    expect(await set(wish)).toMatchObject({
      status: 409,
      body: { code: 'crds.context-refused', message: expect.stringContaining('hrc_bia.fits') },
    });
    expect(await read<CrdsContext>(`${base}/contexts/tobs_0002.pmap`, operator)).toMatchObject({
      obstacles: [expect.stringContaining('hrc_bia.fits')],
      badFiles: [{ name: 'hrc_bia.fits', reason: 'hot' }],
    });
    await core.db.sql`update crds.file set rejected = false where name = 'hrc_bia.fits'`;
    forgetObservatories(core);
  });

  test('to one with rules that cannot be used is refused; lists and pages say where the fault is', async () => {
    const rmap = 'tobs_acs_darkfile_0001.rmap';
    const fault = '7:24: expected an operator in the expression (f(A))';
    await core.db.sql`update crds.file set fault = ${fault} where observatory = 'tobs' and name = ${rmap}`;
    expect(await set(wish)).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining(`${rmap} is a mapping whose rules cannot be used`) },
    });
    expect(await read<CrdsContext>(`${base}/contexts/tobs_0002.pmap`)).toMatchObject({
      unusable: `${rmap}:${fault}`,
    });
    const { rows } = await read<CrdsContextPage>(`${base}/contexts`);
    expect(rows.find(({ name }) => name === 'tobs_0002.pmap')?.unusable).toBe(`${rmap}:${fault}`);
    expect(await read<CrdsFile>(`${base}/files/${rmap}`)).toMatchObject({ fault });
    await core.db.sql`update crds.file set fault = '' where observatory = 'tobs' and name = ${rmap}`;
    expect(await read<CrdsContext>(`${base}/contexts/tobs_0002.pmap`)).toMatchObject({ unusable: null });
  });

  test('changes the observatory at once and is a line of its history', async () => {
    expect(await set(wish)).toMatchObject({
      status: 200,
      body: { name: 'tobs_0002.pmap', roles: ['latest', 'edit'] },
    });
    expect((await read<CrdsObservatory>(base)).contexts.latest).toBe('tobs_0002.pmap');
    const { rows } = await read<CrdsHistoryPage>(`${base}/contexts/history`);
    expect(rows).toMatchObject([
      { context: 'tobs_0002.pmap', before: 'tobs_0001.pmap', by: 'tess', description: 'newer biases' },
      { context: 'tobs_0001.pmap', endedAt: rows[0]?.startedAt },
    ]);
    const first = await read<CrdsHistoryPage>(`${base}/contexts/history?limit=1`);
    const second = await read<CrdsHistoryPage>(`${base}/contexts/history?limit=1&cursor=${first.older}`);
    expect([...first.rows, ...second.rows]).toEqual(rows);
  });

  test('of a calibration version shows among the builds', async () => {
    await set({ ...wish, kind: 'build', context: 'tobs-latest', calibrationVersion: '1.9.2' });
    expect(await read(`${base}/contexts/builds`)).toMatchObject({
      rows: [{ calibrationVersion: '1.9.2', context: 'tobs_0002.pmap', by: 'tess' }],
    });
    expect(await read<CrdsContext>(`${base}/contexts/tobs_0002.pmap`)).toMatchObject({ builds: ['1.9.2'] });
  });
});
