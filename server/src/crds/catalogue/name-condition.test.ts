import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { crds } from '../index.ts';
import { filesLike, filesNamed } from './find-files.store.ts';
import { fileGlobCondition, fileNameCondition, nameCondition } from './name-condition.ts';

const { core } = await testServer([crds]);
const { sql } = core.db;
const names = ['hst_0001.pmap', 'hst_acs_biasfile_0001.rmap', 'ABC_bia.fits', 'abc_BIA.fits', 'a b-c.d', 'x'];

beforeAll(async () => {
  await sql`insert into crds.observatory (observatory) values ('tobs'), ('big')`;
  await sql`
    insert into crds.file (observatory, name, kind, state, place)
    select 'tobs', name, 'reference', 'archived', 'absent' from unnest(${names}::text[]) n(name)`;
  await sql`
    insert into crds.file (observatory, name, kind, state, place)
    select 'big', format('big_%s_%s.fits', md5(n::text), n), 'reference', 'archived', 'absent'
    from generate_series(1, 20000) n`;
  await sql`analyze crds.file`;
});

async function namesBy(condition: ReturnType<typeof nameCondition>): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select f.name from crds.file f where f.observatory = 'tobs' and ${condition} order by f.name`;
  return rows.map(({ name }) => name);
}

async function planOf(condition: ReturnType<typeof nameCondition>): Promise<string> {
  const rows = await sql<Record<string, string>[]>`
    explain select f.name from crds.file f where f.observatory = 'big' and ${condition} order by f.name limit 51`;
  return rows.flatMap((row) => Object.values(row)).join('\n');
}

describe('a condition on the names of files', () => {
  test.each([
    ['bia', ['ABC_bia.fits', 'abc_BIA.fits', 'hst_acs_biasfile_0001.rmap']],
    ['BiA.f', ['ABC_bia.fits', 'abc_BIA.fits']],
    ['*_bia.fits', ['ABC_bia.fits']],
    ['*0001*', ['hst_0001.pmap', 'hst_acs_biasfile_0001.rmap']],
    ['*_[a-c]cs_*', ['hst_acs_biasfile_0001.rmap']],
    ['x', ['x']],
    ['b-c', ['a b-c.d']],
    ['bïa', []],
    ['%', []],
    ['\u{1f600}\u{1f600}', []],
  ])('%s is met by %j', async (text, expected) => {
    expect(await namesBy(fileNameCondition(sql, text))).toEqual(expected);
  });

  test('without a wildcard a pattern is the whole name', async () => {
    expect(await namesBy(fileGlobCondition(sql, 'x'))).toEqual(['x']);
    expect(await namesBy(fileGlobCondition(sql, 'hst_0001'))).toEqual([]);
  });

  test('finds by the index what is found without it', async () => {
    const piece = fc.constantFrom(...'abcABC_.- 01hstfimp'.split(''), '*', '?', '[a-c]', '[!b]', '[', 'é');
    const parts = fc.constantFrom('hst_', 'bia', '.fits', '_0001', 'ABC');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(piece, parts), { maxLength: 8 }), async (pieces) => {
        const text = pieces.join('');
        const plain = await namesBy(nameCondition(sql, sql`f.name`, text));
        expect(await namesBy(fileNameCondition(sql, text))).toEqual(plain);
      }),
      { numRuns: 150 },
    );
  });

  test.each(['_7777.', 'abcdef', '*_7777.fits'])('%s does not read all names', async (text) => {
    expect(await planOf(fileNameCondition(sql, text))).toContain('file_name_grams_idx');
  });

  test('long texts and patterns are taken', async () => {
    expect(await namesBy(fileNameCondition(sql, 'abc_'.repeat(5000)))).toEqual([]);
    expect(await namesBy(fileNameCondition(sql, '*abc'.repeat(240)))).toEqual([]);
  });
});

describe('looking for files', () => {
  test('finds in each observatory what holds the text, and what begins with it first', async () => {
    const found = await filesNamed(sql, ['tobs', 'big'], '7777', 3);
    expect(found).toHaveLength(3);
    expect(found.every(({ name }) => name.includes('7777'))).toBe(true);
    expect((await filesNamed(sql, ['tobs'], 'abc', 10)).map(({ name }) => name)).toEqual([
      'abc_BIA.fits',
      'ABC_bia.fits',
    ]);
  });

  test('by a pattern it gives as many as wanted, in order', async () => {
    const found = await filesLike(sql, ['big', 'tobs'], '*.?[im]*', 5);
    expect(found.map(({ name }) => name.slice(0, 4))).toEqual(['ABC_', 'abc_', 'big_', 'big_', 'big_']);
    expect(await filesLike(sql, [], '*', 5)).toEqual([]);
  });
});
