import type {
  CrdsContents,
  CrdsFile,
  CrdsFileFacets,
  CrdsFilePage,
  CrdsLinkPage,
  CrdsMarkedBad,
  CrdsMatches,
} from '@orrery/contracts/crds';
import { beforeAll, describe, expect, test } from 'vitest';
import { crdsScene } from '../../../../test/support/crds-api.ts';
import { addFiles } from '../catalogue/files.store.ts';
import { forgetObservatories } from '../observatory/observatory.ts';

const scene = await crdsScene();
const { core, operator, ask, read } = scene;
const files = 'observatories/tobs/files';

const names = async (query: string, who?: string) =>
  (await read<CrdsFilePage>(`${files}?${query}`, who)).rows.map(({ name }) => name);

beforeAll(async () => {
  await core.db.transaction(async (tx) => {
    await addFiles(tx, 'tobs', [
      { name: 'tobs_acs_biasfile_0009.fits', state: 'uploaded' },
      { name: 'tobs_acs_biasfile_0008.fits', state: 'archiving-failed', place: 'upstream' },
      { name: 'Odd Name [1].fits'.replace(' [1]', '-1'), instrument: 'cos', filekind: 'deadtab' },
    ]);
    await tx`update crds.file set added_at = '2026-01-01' where name = 'old_bia.fits'`;
    await tx`update crds.file set added_at = '2026-01-02' where name = 'new_bia.fits'`;
  });
  forgetObservatories(core);
});

describe('a list of files', () => {
  test.each([
    ['mapping=pmap&order=name', ['tobs_0001.pmap', 'tobs_0002.pmap']],
    ['kind=mapping&mapping=imap&order=name', ['tobs_acs_0001.imap', 'tobs_acs_0002.imap']],
    ['kind=mapping&type=BiasFile&order=name', ['tobs_acs_biasfile_0001.rmap', 'tobs_acs_biasfile_0002.rmap']],
    ['kind=reference&instrument=COS', ['Odd Name-1.fits']],
    ['state=archiving-failed', ['tobs_acs_biasfile_0008.fits']],
    ['place=upstream&place=linked', ['tobs_acs_biasfile_0008.fits']],
    ['text=odd+name', ['Odd Name-1.fits']],
    ['text=HRC_&order=name', ['hrc_bia.fits', 'hrc_drk.fits']],
    ['text=hrc_*.fits&order=name', ['hrc_bia.fits', 'hrc_drk.fits']],
    ['text=???_bia.fits&order=name', ['hrc_bia.fits', 'new_bia.fits', 'old_bia.fits']],
    ['text=HRC_*', []],
    ['text=%25_', []],
    ['text=o%27+or+true--', []],
    ['addedBefore=2026-01-02T00:00:00Z', ['old_bia.fits']],
    ['addedAfter=2026-01-02T00:00:00Z&addedBefore=2026-01-03T00:00:00Z', ['new_bia.fits']],
    ['bad=true', []],
    ['instrument=no-such', []],
  ])('with %s has %j', async (query, expected) => {
    expect(await names(query)).toEqual(expected);
  });

  test('shows files that nobody has confirmed only to who operates the observatory', async () => {
    expect(await names('text=0009.fits')).toEqual([]);
    expect(await names('text=0009.fits', operator)).toEqual(['tobs_acs_biasfile_0009.fits']);
    expect((await ask(`${files}/tobs_acs_biasfile_0009.fits`)).status).toBe(404);
    expect((await ask(`${files}/tobs_acs_biasfile_0009.fits`, { who: operator })).status).toBe(200);
  });

  test.each(['name', 'newest'])(
    'in order of %s goes to the end and back without losing or repeating one',
    async (order) => {
      const all = await names(`order=${order}`);
      for (const limit of [1, 2, all.length - 1, all.length, 500]) {
        const pages: CrdsFilePage[] = [];
        let cursor: string | null = '';
        while (cursor !== null) {
          const at: string = cursor === '' ? '' : `&cursor=${cursor}`;
          const page: CrdsFilePage = await read(`${files}?order=${order}&limit=${limit}${at}`);
          pages.push(page);
          cursor = page.older;
        }
        expect(pages.flatMap(({ rows }) => rows.map(({ name }) => name))).toEqual(all);
        expect(pages[0]).toMatchObject({ newer: null, about: all.length });
        const back: string[][] = [];
        let newer = pages.at(-1)?.newer ?? null;
        while (newer !== null) {
          const page: CrdsFilePage = await read(`${files}?order=${order}&limit=${limit}&cursor=${newer}`);
          back.unshift(page.rows.map(({ name }) => name));
          newer = page.newer;
        }
        expect(back.flat()).toEqual(all.slice(0, all.length - (pages.at(-1)?.rows.length ?? 0)));
      }
    },
  );

  test('the newest come first, and those of one moment by name', async () => {
    expect((await names('')).slice(-2)).toEqual(['new_bia.fits', 'old_bia.fits']);
  });

  test.each([
    'cursor=nonsense',
    `cursor=${Buffer.from('o["a",1]').toString('base64url')}`,
    `cursor=${Buffer.from('x[0,"a"]').toString('base64url')}`,
    'cursor=%F0%9F%98%80',
  ])('%s is refused', async (query) => {
    expect(await ask(`${files}?${query}`)).toMatchObject({
      status: 400,
      body: { code: 'crds.cursor-invalid' },
    });
  });

  test.each([
    'limit=0',
    'limit=501',
    'limit=x',
    'state=gone',
    'kind=pmap',
    'order=size',
    'addedAfter=today',
    'bad=maybe',
  ])('%s is refused', async (query) => {
    expect(await ask(`${files}?${query}`)).toMatchObject({
      status: 400,
      body: { code: 'http.input-refused' },
    });
  });

  test('the character U+0000 is refused everywhere', async () => {
    for (const url of [`${files}?text=a%00b`, `${files}/a%00b`, 'observatories/a%00b'])
      expect(await ask(url)).toMatchObject({ status: 400, body: { code: 'crds.nul-refused' } });
  });

  test('facets count with all filters but their own', async () => {
    const facets = await read<CrdsFileFacets>(`${files}/facets?kind=reference&instrument=acs`);
    const value = (list: CrdsFileFacets['kinds'], name: string) =>
      list.find(({ value: one }) => one === name)?.files ?? 0;
    expect(facets.total).toBe(6);
    expect(value(facets.kinds, 'mapping')).toBe(5);
    expect(value(facets.kinds, 'reference')).toBe(6);
    expect(value(facets.instruments, 'cos')).toBe(1);
    expect(facets.states[0]).toEqual({ value: 'operational', files: 5 });
    expect(value(facets.types, 'biasfile')).toBe(5);
    expect(facets.bad).toBe(0);
  });
});

describe('one file', () => {
  test('says what it is, what it is for and who uses it', async () => {
    expect(await read<CrdsFile>(`${files}/old_bia.fits`)).toMatchObject({
      kind: 'reference',
      serial: null,
      uses: 0,
      usedBy: 2,
      contexts: {
        count: 2,
        first: 'tobs_0001.pmap',
        last: 'tobs_0002.pmap',
        isInLatest: true,
        isInEdit: true,
      },
      downloadUrl: null,
      acts: { markBad: false },
    });
    const context = await read<CrdsFile>(`${files}/tobs_0001.pmap`, operator);
    expect(context).toMatchObject({
      roles: ['latest'],
      uses: 1,
      contexts: { count: 0 },
      acts: { markBad: true },
    });
    expect(context.downloadUrl).toMatch(/\/crds\/tobs\/unchecked_get\/mappings\/tobs\/tobs_0001\.pmap$/);
  });

  test.each(['nothing.fits', '__proto__', '..%2F..%2Fetc%2Fpasswd', '%F0%9F%98%80', 'a'.repeat(200)])(
    '%s is not there',
    async (name) => {
      for (const part of ['', '/contents', '/uses', '/used-by', '/matches'])
        expect(await ask(`${files}/${name}${part}`)).toMatchObject({ status: 404 });
    },
  );

  test('contents come in parts, with links where names of files stand', async () => {
    const url = `${files}/tobs_acs_biasfile_0002.rmap/contents`;
    const whole = await read<CrdsContents>(url);
    expect(whole.lines[0]).toBe('header = {');
    expect(whole.totalLines).toBe(whole.lines.length);
    const linked = Object.groupBy(whole.links, ({ name }) => name);
    expect(Object.keys(linked).toSorted()).toEqual([
      'hrc_bia.fits',
      'newer_bia.fits',
      'old_bia.fits',
      'tobs_acs_biasfile_0001.rmap',
      'tobs_acs_biasfile_0002.rmap',
    ]);
    const { line = 0 } = linked['hrc_bia.fits']?.[0] ?? {};
    expect(whole.lines[line - 1]).toContain("'hrc_bia.fits'");
    expect(whole.header).toContainEqual({
      name: 'parkey',
      value: "(('DETECTOR', 'CCDGAIN'), ('DATE-OBS', 'TIME-OBS'))",
    });
    const part = await read<CrdsContents>(`${url}?from=${line}&lines=1`);
    expect(part).toMatchObject({ from: line, lines: [whole.lines[line - 1]], totalLines: whole.totalLines });
    expect(part.links).toEqual([{ line, name: 'hrc_bia.fits' }]);
    expect(await read<CrdsContents>(`${url}?from=100000`)).toMatchObject({ lines: [], links: [] });
  });

  test('contents that a caller holds are not sent again, until something changes', async () => {
    const url = `${files}/tobs_0001.pmap/contents`;
    const { headers } = await ask(url);
    const held = { headers: { 'if-none-match': String(headers.etag) } };
    expect((await ask(url, held)).status).toBe(304);
    expect((await ask(`${url}?lines=1`, held)).status).toBe(200);
    await core.db.sql`update crds.observatory set title = 'Toy' where observatory = 'tobs'`;
    forgetObservatories(core);
    expect((await ask(url, held)).status).toBe(200);
  });

  test('uses and users are given directly and through others, page by page', async () => {
    const linksOf = async (name: string, query: string) =>
      (await read<CrdsLinkPage>(`${files}/${name}/${query}`)).rows.map((row) => row.name);
    expect(await linksOf('tobs_0001.pmap', 'uses')).toEqual(['tobs_acs_0001.imap']);
    expect(await linksOf('tobs_0001.pmap', 'uses?deep=true')).toEqual([
      'hrc_drk.fits',
      'new_bia.fits',
      'old_bia.fits',
      'tobs_acs_0001.imap',
      'tobs_acs_biasfile_0001.rmap',
      'tobs_acs_darkfile_0001.rmap',
    ]);
    expect(await linksOf('tobs_0001.pmap', 'uses?deep=true&text=*_bia.fits')).toEqual([
      'new_bia.fits',
      'old_bia.fits',
    ]);
    const users = await linksOf('hrc_drk.fits', 'used-by?deep=true');
    expect(users).toEqual([
      'tobs_acs_darkfile_0001.rmap',
      'tobs_acs_0002.imap',
      'tobs_acs_0001.imap',
      'tobs_0002.pmap',
      'tobs_0001.pmap',
    ]);
    const first = await read<CrdsLinkPage>(`${files}/hrc_drk.fits/used-by?deep=true&limit=2`);
    const second = await read<CrdsLinkPage>(
      `${files}/hrc_drk.fits/used-by?deep=true&limit=2&cursor=${first.older}`,
    );
    expect([...first.rows, ...second.rows].map(({ name }) => name)).toEqual(users.slice(0, 4));
    const back = await read<CrdsLinkPage>(
      `${files}/hrc_drk.fits/used-by?deep=true&limit=2&cursor=${second.newer}`,
    );
    expect(back.rows).toEqual(first.rows);
    expect(back.newer).toBeNull();
    expect(first.about).toBe(5);
  });

  test('matches are the ways through the rules of a context', async () => {
    const { rows } = await read<CrdsMatches>(`${files}/newer_bia.fits/matches?context=tobs-edit`);
    expect(rows).toEqual([
      {
        instrument: 'acs',
        type: 'biasfile',
        rmap: 'tobs_acs_biasfile_0002.rmap',
        levels: [
          {
            parameters: [
              { name: 'DETECTOR', value: 'WFC' },
              { name: 'CCDGAIN', value: '1.0|2.0' },
            ],
          },
          {
            parameters: [
              { name: 'DATE-OBS', value: '2010-01-01' },
              { name: 'TIME-OBS', value: '00:00:00' },
            ],
          },
        ],
      },
    ]);
    expect((await read<CrdsMatches>(`${files}/newer_bia.fits/matches`)).rows).toEqual([]);
    expect(await ask(`${files}/newer_bia.fits/matches?context=tobs_0009.pmap`)).toMatchObject({
      status: 404,
      body: { code: 'crds.context-unknown' },
    });
  });
});

describe('marking a file bad', () => {
  const mark = (name: string, body: unknown, who?: string) =>
    ask(`${files}/${name}/bad`, { body, ...(who === undefined ? {} : { who }) });

  test('needs the permission for this observatory', async () => {
    const body = { bad: true, reason: 'saturated' };
    expect(await mark('newer_bia.fits', body)).toMatchObject({ status: 401 });
    await core.db.sql`insert into crds.observatory (observatory, title) values ('other', 'Other')`;
    forgetObservatories(core);
    expect(await ask('observatories/other/files/x.fits/bad', { body, who: operator })).toMatchObject({
      status: 403,
      body: { code: 'auth.permission-missing' },
    });
  });

  test.each([
    {},
    { bad: true },
    { bad: 'true', reason: 'x' },
    { bad: true, reason: '' },
    { bad: true, reason: 'x', by: 'me' },
  ])('with %j is refused', async (body) => {
    expect(await mark('newer_bia.fits', body, operator)).toMatchObject({ status: 400 });
  });

  test('is refused while the latest context leads to it, unless forced', async () => {
    const body = { bad: true, reason: 'saturated' };
    expect(await mark('new_bia.fits', body, operator)).toMatchObject({
      status: 409,
      body: { code: 'crds.file-in-use' },
    });
    const forced = await mark('new_bia.fits', { ...body, force: true }, operator);
    expect(forced).toMatchObject({ status: 200, body: { file: { rejected: true, badReason: 'saturated' } } });
    expect(await names('bad=true')).toEqual(['new_bia.fits']);
    expect(await mark('new_bia.fits', { bad: false, reason: 'was right' }, operator)).toMatchObject({
      status: 200,
      body: { file: { rejected: false } },
    });
    expect(await names('bad=true')).toEqual([]);
  });

  test('of a mapping says how many mappings became bad with it', async () => {
    const reply = await mark('tobs_acs_biasfile_0002.rmap', { bad: true, reason: 'wrong' }, operator);
    expect(reply.body as CrdsMarkedBad).toMatchObject({ mappings: 2, file: { rejected: true } });
    expect(await names('bad=true&order=name')).toEqual([
      'tobs_0002.pmap',
      'tobs_acs_0002.imap',
      'tobs_acs_biasfile_0002.rmap',
    ]);
  });
});
