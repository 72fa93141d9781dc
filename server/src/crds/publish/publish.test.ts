import {
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  stat,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { crdsCore } from '../../../../test/support/crds-core.ts';
import {
  contextReferences,
  contextTexts,
  referenceBytes,
  writeCache,
} from '../../../../test/support/crds-folder.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { readPythonLiteral } from '../../core/read-python-literal.ts';
import { closureOf } from '../catalogue/files.store.ts';
import { setContext } from '../contexts/set-context.ts';
import { importFolder } from '../import/import.ts';
import { forgetObservatories, putObservatory } from '../observatory/observatory.ts';
import { instrumentFolder } from './cache-place.ts';
import { duePublications, publicationOf } from './publication.store.ts';
import { publishSchedule } from './publish.schedule.ts';
import { publishObservatory } from './publish.ts';

const { core, folder } = await crdsCore();
const { db } = core;
const actor = { name: 'cli:test' };
let cache: string;
let target: string;
beforeEach(async () => {
  await db.sql`truncate crds.observatory, crds.file, crds.mapping_text, crds.mapping_use, crds.context_history, core.task, core.event cascade`;
  await db.sql`truncate crds.publication, core.lock`;
  forgetObservatories(core);
  cache = await temporaryFolder('cache', folder);
  target = path.join(await temporaryFolder('target', folder), 'shared');
});

type Wishes = Partial<{ layout: string; references: string }>;
async function prepared(
  wishes: Wishes = {},
  references: 'link' | 'copy' = 'copy',
  serials = [1],
): Promise<void> {
  await writeCache(cache, { serials });
  const settings = { publish: { folder: target, ...wishes } };
  await putObservatory(core, { observatory: 'tobs', settings }, actor);
  const report = await importFolder(
    core,
    { folder: cache, observatory: 'tobs', latest: 'tobs_0001.pmap', references },
    actor,
  );
  expect(report.refused).toBe(0);
}
const publish = () => publishObservatory(core, 'tobs');
const read = (...place: string[]) => readFile(path.join(target, ...place), 'utf8');
const config = async () =>
  readPythonLiteral(await read('config/tobs/server_config')) as Record<string, unknown>;

test('a cache in the layout of the client is made, which an import takes back whole', async () => {
  await prepared();
  expect(await publish()).toMatchObject({ outcome: 'published', placed: 8, there: 0, problem: '' });
  expect((await readdir(path.join(target, 'mappings/tobs'))).sort()).toEqual(
    Object.keys(contextTexts()).sort(),
  );
  expect((await readdir(path.join(target, 'references/tobs/acs'))).sort()).toEqual(
    contextReferences().sort(),
  );
  expect(await read('config/tobs/ref_cache_subdir_mode')).toBe('instrument');
  expect(await config()).toMatchObject({
    observatory: 'tobs',
    operational_context: 'tobs_0001.pmap',
    mappings: Object.keys(contextTexts()).sort(),
    bad_files_list: [],
  });
  const again = await importFolder(core, { folder: target, observatory: 'tobs', dryRun: true }, actor);
  expect(again).toMatchObject({ refused: 0, warnings: 0, layout: 'cache' });
  expect(again.references.known).toBe(4);
});

test('kept references share their bytes with the store, and everybody may read what is published', async () => {
  await prepared();
  await publish();
  const place = path.join(target, 'references/tobs/acs', contextReferences()[0] ?? '');
  const found = await stat(place);
  expect(found.nlink).toBeGreaterThan(1);
  expect(found.mode & 0o777).toBe(0o444);
  for (const each of ['', 'mappings/tobs', 'references/tobs/acs', 'config/tobs']) {
    expect((await stat(path.join(target, each))).mode & 0o777).toBe(0o755);
  }
  expect((await stat(path.join(target, 'config/tobs/server_config'))).mode & 0o777).toBe(0o644);
});

test('linked references are published too, flat when that is asked for', async () => {
  await prepared({ layout: 'flat' }, 'link');
  expect(await publish()).toMatchObject({ outcome: 'published', placed: 8 });
  const name = contextReferences()[0] ?? '';
  expect(await readFile(path.join(target, 'references/tobs', name))).toEqual(referenceBytes(name));
  expect(await read('config/tobs/ref_cache_subdir_mode')).toBe('flat');
});

test('the second time nothing is placed, and what somebody removed or cut is placed again', async () => {
  await prepared();
  await publish();
  expect(await publish()).toMatchObject({ placed: 0, there: 8 });
  await unlink(path.join(target, 'mappings/tobs/tobs_0001.pmap'));
  const cut = path.join(target, 'references/tobs/acs', contextReferences()[1] ?? '');
  await unlink(cut);
  await writeFile(cut, 'cut');
  expect(await publish()).toMatchObject({ placed: 2, there: 6 });
  expect((await lstat(cut)).size).toBe(5000);
});

test('what a killed publication left is removed', async () => {
  await prepared();
  await publish();
  const left = path.join(target, 'references/tobs/acs/.orrery-half');
  await writeFile(left, 'half');
  await publish();
  await expect(stat(left)).rejects.toThrow('ENOENT');
});

test('readers keep the context that they have until every file of the new one is there', async () => {
  await prepared({}, 'link', [1, 2]);
  await publish();
  const [missing = ''] = contextReferences(2);
  await unlink(path.join(cache, 'references/tobs/acs', missing));
  await setContext(
    core,
    { observatory: 'tobs', kind: 'latest', context: 'tobs_0002.pmap', description: '' },
    actor,
  );
  const kept = await publish();
  expect(kept).toMatchObject({ outcome: 'kept', problem: expect.stringContaining(missing) });
  expect(await config()).toMatchObject({ operational_context: 'tobs_0001.pmap' });
  expect(await publicationOf(db.sql, 'tobs')).toMatchObject({
    latestContext: 'tobs_0001.pmap',
    problem: kept.problem,
  });
  await writeFile(path.join(cache, 'references/tobs/acs', missing), referenceBytes(missing));
  expect(await publish()).toMatchObject({ outcome: 'published', placed: 1 });
  expect(await config()).toMatchObject({ operational_context: 'tobs_0002.pmap' });
});

test('at every moment of a publication the context in server_config is whole in the folder', async () => {
  await prepared({}, 'copy', [1, 2, 3]);
  await publish();
  let isRunning = true;
  let looks = 0;
  const watch = (async () => {
    while (isRunning) {
      const { operational_context: context } = await config();
      const { mappings, references } = await closureOf(db.sql, 'tobs', String(context));
      for (const name of mappings) await stat(path.join(target, 'mappings/tobs', name));
      for (const name of references) await stat(path.join(target, 'references/tobs/acs', name));
      looks++;
    }
  })();
  for (const serial of [2, 3, 1, 2]) {
    const context = `tobs_000${serial}.pmap`;
    await setContext(core, { observatory: 'tobs', kind: 'latest', context, description: '' }, actor);
    await publish();
  }
  isRunning = false;
  await watch;
  expect(looks).toBeGreaterThan(0);
});

test('only one publishes at a time', async () => {
  await prepared();
  const both = await Promise.all([publish(), publish()]);
  expect(both.map(({ outcome }) => outcome).sort()).toEqual(['busy', 'published']);
});

test('without references only rules are published', async () => {
  await prepared({ references: 'none' });
  expect(await publish()).toMatchObject({ outcome: 'published', placed: 4 });
  await expect(readdir(path.join(target, 'references/tobs'))).rejects.toThrow('ENOENT');
});

test('a folder where nothing can be written is a problem that stands on record', async () => {
  await prepared();
  const file = path.join(folder, 'a-file');
  await writeFile(file, '');
  await putObservatory(core, { observatory: 'tobs', settings: { publish: { folder: file } } }, actor);
  await expect(publish()).rejects.toThrow(/ENOTDIR|EEXIST/);
  expect((await publicationOf(db.sql, 'tobs'))?.problem).toMatch(/ENOTDIR|EEXIST/);
});

test('the schedule asks for a publication when the catalogue is newer, once', async () => {
  await prepared();
  const tick = { signal: AbortSignal.timeout(60_000), dueAt: new Date(), fence: 1 };
  const waiting = async () =>
    (
      await db.sql<{ count: number }[]>`select count(*) as count from core.task where kind = 'crds.publish'`
    )[0]?.count;
  await publishSchedule.run(core, tick);
  await publishSchedule.run(core, tick);
  expect(await waiting()).toBe(1);
  await db.sql`truncate core.task cascade`;
  await publish();
  await publishSchedule.run(core, tick);
  expect(await waiting()).toBe(0);
  expect(
    await duePublications(db.sql, [{ observatory: 'tobs', folder: '/elsewhere', version: 1 }], 600),
  ).toEqual(['tobs']);
});

test('clients of Hubble find references by the letter in their old names', () => {
  expect(instrumentFolder('hst', 's7g1700gj_dead.fits', null)).toBe('acs');
  expect(instrumentFolder('hst', 'u451251em_tmc.fits', 'multi')).toBe('synphot');
  expect(instrumentFolder('hst', 'hst_cos_spottab_0052.fits', null)).toBe('cos');
  expect(instrumentFolder('hst', 'strange.fits', 'stis')).toBe('stis');
  expect(instrumentFolder('jwst', 'jwst_miri_pars-tweakreg_0001.asdf', null)).toBe('miri');
  expect(instrumentFolder('jwst', 's7g1700gj_dead.fits', null)).toBeNull();
});

test('folders of instruments of Hubble have their old names as well', async () => {
  await mkdir(path.join(cache, 'mappings/hst'), { recursive: true });
  for (const [name, text] of Object.entries(contextTexts())) {
    await writeFile(path.join(cache, 'mappings/hst', name.replace('tobs', 'hst')), text);
  }
  await putObservatory(core, { observatory: 'hst', settings: { publish: { folder: target } } }, actor);
  await mkdir(path.join(target, 'references/hst/acs'), { recursive: true });
  await symlink('elsewhere', path.join(target, 'references/hst/oref'));
  expect(await publishObservatory(core, 'hst')).toMatchObject({ outcome: 'published' });
  expect(await readlink(path.join(target, 'references/hst/jref'))).toBe('acs');
  expect(await readlink(path.join(target, 'references/hst/oref'))).toBe('elsewhere');
});
