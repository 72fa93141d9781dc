import { describe, expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { addFiles, closureOf, countFiles, fileOf } from '../catalogue/files.store.ts';
import { membersOf } from '../contexts/context-members.store.ts';
import { historyOf } from '../contexts/history.store.ts';
import { resolveContext } from '../contexts/resolve.ts';
import { crds } from '../index.ts';
import { listObservatories } from '../observatory/observatory.ts';
import { filesOf, readMapping, renderMapping } from '../rules/index.ts';
import { demoDatasets } from './demo-datasets.ts';
import { demoReferences } from './demo-references.ts';
import { demoMappings } from './demo-rules.ts';
import { seedDemo } from './seed-demo.ts';

const { core, address } = await testServer([crds], { role: 'web', 'crds.demo': 'true' });
const { db } = core;

async function empty(): Promise<void> {
  await db.sql`truncate crds.file, crds.mapping_use, crds.observatory, crds.context_history, crds.dataset cascade`;
}

describe('the files', () => {
  test.each(demoMappings.map(({ name }) => name))('%s is written as crds would write it', (name) => {
    const mapping = demoMappings.find((one) => one.name === name);
    const text = Buffer.from(mapping?.content ?? []).toString();
    const read = readMapping(text, { name, strict: true });
    expect(renderMapping(read)).toBe(text);
    expect(filesOf(read)).toEqual([...new Set(mapping?.uses)].toSorted());
  });

  test.each(demoReferences().filter(({ name }) => name.endsWith('.fits')))(
    '$name is valid FITS',
    ({ content }) => {
      expect(content.length % 2880).toBe(0);
      const cards: string[] = content.toString('latin1', 0, 2880).match(/.{80}/gs) ?? [];
      const end = cards.indexOf('END'.padEnd(80));
      expect(cards.slice(0, 5).map((card) => card.slice(0, 30).trim())).toEqual([
        'SIMPLE  =                    T',
        'BITPIX  =                   16',
        'NAXIS   =                    2',
        'NAXIS1  =                   16',
        'NAXIS2  =                   16',
      ]);
      for (const card of cards.slice(5, end)) expect(card).toMatch(/^[A-Z_ ]{8}= '[ -~]*' *$/);
      expect(cards.slice(end + 1).every((card) => card.trim() === '')).toBe(true);
      expect(content.length).toBe(2880 * 2);
    },
  );
});

describe('a new installation', () => {
  test('has an observatory whose context leads to files that all are there', async () => {
    expect(await listObservatories(db.sql)).toMatchObject([
      { observatory: 'tobs', latestContext: 'tobs_0003.pmap', editContext: 'tobs_0003.pmap' },
    ]);
    expect(await membersOf(db.sql, 'tobs', 'tobs_0003.pmap')).toMatchObject({
      missing: { count: 0 },
      unknown: { count: 0 },
      bad: { count: 0 },
    });
    const { references } = await closureOf(db.sql, 'tobs', 'tobs_0003.pmap');
    expect(references).toEqual(
      demoReferences()
        .map(({ name }) => name)
        .toSorted(),
    );
    expect(await countFiles(db.sql, 'tobs', { states: ['operational'] })).toBe(7 + references.length);
    expect(await fileOf(db.sql, 'tobs', 'tobs_tinstr_dark_0003.fits')).toMatchObject({
      place: 'kept',
      sizeBytes: 5760,
      instrument: 'tinstr',
      filekind: 'dark',
      useafterAt: '2022-06-01 12:00:00',
    });
  });

  test('has a history, so that dates have a meaning', async () => {
    expect(await historyOf(db.sql, 'tobs')).toHaveLength(3);
    expect(await resolveContext(core, 'tobs', 'tobs-2021-07-01')).toBe('tobs_0001.pmap');
    expect(await resolveContext(core, 'tobs', '2023-07-01')).toBe('tobs_0002.pmap');
  });

  test('recommends files that depend on the date, the filter, the kind of exposure and the context', async () => {
    const header = {
      INSTRUME: 'TINSTR',
      DETECTOR: 'LEFT',
      FILTER: 'CLEAR',
      EXP_TYPE: 'IMAGE',
      'DATE-OBS': '2023-01-01',
      'TIME-OBS': '00:00:00',
    };
    const ask = async (context: string, more: Record<string, string> = {}) => {
      const reply = await fetch(`${address}/crds/tobs/json/`, {
        method: 'POST',
        body: JSON.stringify({
          jsonrpc: '1.0',
          method: 'get_best_references',
          params: [context, { ...header, ...more }, null],
          id: '1',
        }),
      });
      const { result, error } = (await reply.json()) as { result: unknown; error: unknown };
      expect(error).toBeNull();
      return result;
    };
    expect(await ask('tobs_0003.pmap')).toEqual({
      dark: 'tobs_tinstr_dark_0003.fits',
      flat: 'tobs_tinstr_flat_0001.fits',
      tfilekind: 'tobs_tinstr_tfilekind_0001.fits',
      mask: 'NOT FOUND n/a',
      sens: 'NOT FOUND n/a',
      wave: 'NOT FOUND n/a',
    });
    expect(await ask('tobs_0001.pmap')).toMatchObject({ dark: 'tobs_tinstr_dark_0001.fits' });
    const spectrum = { EXP_TYPE: 'SPECTRUM', GRATING: 'LONG', SLIT: 'WIDE', 'DATE-OBS': '2024-02-01' };
    expect(await ask('tobs_0003.pmap', spectrum)).toMatchObject({
      sens: 'tobs_tinstr_sens_0001.json',
      tfilekind: 'NOT FOUND n/a',
      wave: 'tobs_tinstr_wave_0003.json',
    });
    expect(await ask('tobs_0002.pmap', spectrum)).toMatchObject({ wave: 'tobs_tinstr_wave_0002.json' });
    expect(await ask('tobs_0003.pmap', { DETECTOR: 'RIGHT', FILTER: 'RED' })).toMatchObject({
      flat: 'tobs_tinstr_flat_0004.fits',
    });
    expect(await ask('tobs_0002.pmap', { DETECTOR: 'RIGHT', FILTER: 'RED' })).toMatchObject({
      flat: expect.stringMatching(/^NOT FOUND .*FILTER|^NOT FOUND No match/),
    });
  });

  test('has exposures for all of which rules have an answer, and some that later contexts change', async () => {
    const rows = demoDatasets();
    const [stored] = await db.sql<
      { count: number }[]
    >`select count(*) from crds.dataset where observatory = 'tobs'`;
    expect(stored?.count).toBe(rows.length);
    const ask = async (context: string) => {
      const reply = await fetch(`${address}/crds/tobs/json/`, {
        method: 'POST',
        body: JSON.stringify({
          jsonrpc: '1.0',
          method: 'get_best_references_by_header_map',
          params: [context, Object.fromEntries(rows.map(({ id, header }) => [id, header])), null],
          id: '1',
        }),
      });
      const { result } = (await reply.json()) as { result: Record<string, Record<string, string>> };
      return result;
    };
    const [first, last] = [await ask('tobs_0001.pmap'), await ask('tobs_0003.pmap')];
    const changed = rows.filter(({ id }) => JSON.stringify(first[id]) !== JSON.stringify(last[id]));
    expect(changed.length).toBeGreaterThan(10);
    expect(changed.length).toBeLessThan(rows.length / 2);
    for (const { id } of rows)
      expect([id, last[id]?.dark]).toEqual([id, expect.stringMatching(/^tobs_tinstr_dark_/)]);
  });

  test('gives its files to download, byte for byte', async () => {
    for (const { name, content } of demoReferences()) {
      const reply = await fetch(`${address}/crds/tobs/unchecked_get/references/tobs/${name}`);
      expect([name, reply.status]).toEqual([name, 200]);
      expect(Buffer.from(await reply.arrayBuffer()).equals(content)).toBe(true);
    }
    const [pmap] = demoMappings.filter(({ name }) => name === 'tobs_0002.pmap');
    const reply = await fetch(`${address}/crds/tobs/unchecked_get/mappings/tobs/tobs_0002.pmap`);
    expect(await reply.text()).toBe(Buffer.from(pmap?.content ?? []).toString());
  });
});

describe('it is made once', () => {
  test('what operators made of it since stays', async () => {
    await db.sql`update crds.observatory set title = 'ours'`;
    await seedDemo(core);
    expect(await listObservatories(db.sql)).toMatchObject([{ title: 'ours' }]);
  });

  test('by one of the processes that start at the same time', async () => {
    await empty();
    await Promise.all([seedDemo(core), seedDemo(core), seedDemo(core)]);
    expect(await historyOf(db.sql, 'tobs')).toHaveLength(3);
    expect(await countFiles(db.sql, 'tobs', {})).toBe(demoMappings.length + demoReferences().length);
  });

  test('not beside another observatory, and not where it is declined', async () => {
    await empty();
    await db.sql`insert into crds.observatory (observatory) values ('hst')`;
    await db.transaction((tx) => addFiles(tx, 'hst', [{ name: 'hst_0001.pmap' }]));
    await seedDemo(core);
    expect((await listObservatories(db.sql)).map(({ observatory }) => observatory)).toEqual(['hst']);
    await empty();
    const { crds: section } = core.config.services as { crds: Record<string, unknown> };
    await seedDemo({ ...core, config: { ...core.config, services: { crds: { ...section, demo: false } } } });
    expect(await listObservatories(db.sql)).toEqual([]);
  });
});
