import { execFileSync } from 'node:child_process';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { Core } from '../../server/src/core/core.ts';
import { startAffected } from '../../server/src/crds/affected/affected.ts';
import { closureOf } from '../../server/src/crds/catalogue/files.store.ts';
import { addHistory } from '../../server/src/crds/contexts/history.store.ts';
import { registerDatasets } from '../../server/src/crds/datasets/register.ts';
import { importFolder } from '../../server/src/crds/import/import.ts';
import { forgetObservatories } from '../../server/src/crds/observatory/observatory.ts';

/** What the server of the published recordings said of its contexts. */
export const recordedHistory = [
  { startedAt: new Date('2013-07-02T15:44:53Z'), context: 'hst.pmap', description: 'set by system' },
  { startedAt: new Date('2014-11-25T15:48:40Z'), context: 'hst_0299.pmap', description: 'older' },
  { startedAt: new Date('2014-12-02T10:00:00Z'), context: 'hst_0300.pmap', description: 'newer' },
];

/** References whose bytes it had; it made them up. */
const references = ['t3n1116mj_a2d.fits', 'xa81715gj_ccd.fits', 'uc82140bj_ccd.fits'];
const actor = { name: 'test' };

/**
 * Fills an installation with what the server of the published recordings had, as far as its answers tell: the HST
 * mappings of `archive`, three references, three contexts in its history, one dataset, and two more that a new context
 * affects. `folder` is a place for files that stay.
 */
export async function fillAsRecorded(
  core: Core,
  archive: string,
  folder: string,
  dataset: readonly [id: string, header: unknown],
): Promise<void> {
  await importFolder(core, { folder: await aCache(archive, folder), observatory: 'hst' }, actor);
  await core.db.transaction(async (tx) => {
    await addHistory(tx, 'hst', recordedHistory, 'test');
    await tx`
      update crds.observatory set latest_context = 'hst_0300.pmap', edit_context = 'hst_0349.pmap'
      where observatory = 'hst'`;
    const { mappings } = await closureOf(tx, 'hst', 'hst_0300.pmap');
    await tx`
      update crds.file set state = 'operational' where observatory = 'hst' and name = any(${mappings}::text[])`;
  });
  forgetObservatories(core);
  const cos = { INSTRUME: 'COS', DETECTOR: 'FUV', 'DATE-OBS': '2012-02-20', 'TIME-OBS': '10:00:00' };
  const lines = [
    { id: dataset[0], instrument: 'acs', header: dataset[1], date: '2012-02-20' },
    { id: 'I9ZF01010', instrument: 'cos', header: cos, date: '2012-02-20' },
    { id: 'I9ZF02010', instrument: 'cos', header: cos, date: '2012-02-20' },
  ];
  const bytes = Readable.from(lines.map((line) => Buffer.from(`${JSON.stringify(line)}\n`)));
  const { added } = await registerDatasets(core, 'hst', bytes, actor);
  if (added !== lines.length) throw new Error('the datasets of the recording were refused');
  await startAffected(core, { observatory: 'hst', old: 'hst_0299.pmap', new: 'hst_0300.pmap' }, actor);
}

/** A client's cache with the mappings and the references. */
async function aCache(archive: string, folder: string): Promise<string> {
  const cache = path.join(folder, 'cache');
  const acs = path.join(cache, 'references', 'hst', 'acs');
  await mkdir(path.join(cache, 'mappings'), { recursive: true });
  await mkdir(acs, { recursive: true });
  execFileSync('tar', ['-xzf', archive, '-C', folder]);
  await rename(path.join(folder, 'hst'), path.join(cache, 'mappings', 'hst'));
  for (const name of references) {
    await writeFile(path.join(acs, name), `FAKE REFERENCE ${name}\n`.repeat(100));
  }
  return cache;
}
