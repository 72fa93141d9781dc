import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { contextReferences, referenceBytes, writeCache } from '../../../../test/support/crds-folder.ts';
import { testServer } from '../../../../test/support/server.ts';
import { fileOf } from '../catalogue/files.store.ts';
import { importFolder } from '../import/import.ts';
import { crds } from '../index.ts';
import { forgetObservatories, putObservatory } from '../observatory/observatory.ts';
import { mendFiles } from './mend.ts';
import { scrubSummary } from './summary.ts';
import { verifyAll } from './verify.ts';

const quiet = { 'crds.demo': 'false', 'fetch.allowPrivate': '127.0.0.1' };
const [source, ours] = await Promise.all([testServer([crds], quiet), testServer([crds], quiet)]);
const actor = { name: 'test' };
const [bias = '', gone = ''] = contextReferences();

/** Both have the same files; ours names the source as its upstream server. */
async function prepare(): Promise<string> {
  const cache = path.join(source.dataDir, 'cache');
  await writeCache(cache);
  for (const { core } of [source, ours]) {
    await importFolder(core, { folder: cache, observatory: 'tobs', references: 'copy' }, actor);
  }
  const upstream = `${source.address}/crds/tobs`;
  await putObservatory(ours.core, { observatory: 'tobs', settings: { mirror: { upstream } } }, actor);
  forgetObservatories(ours.core);
  return cache;
}

async function spoil(name: string, content: Buffer | null): Promise<void> {
  const [blob] = await ours.core.db.sql<{ storeKey: string }[]>`
    select b.store_key from core.blob b join crds.file f using (sha256) where f.name = ${name}`;
  const place = path.join(ours.dataDir, 'files', blob?.storeKey ?? '');
  await rm(place);
  if (content !== null) await writeFile(place, content);
}

test('damaged and missing references come again from the upstream server, and are proven by that', async () => {
  await prepare();
  await spoil(bias, referenceBytes('something else'));
  await spoil(gone, null);
  expect(await verifyAll(ours.core, 'tobs', { full: true })).toMatchObject({ wrong: 2 });
  expect(await mendFiles(ours.core, 'tobs')).toEqual({ mended: [bias, gone].sort(), failed: [] });
  expect(await fileOf(ours.core.db.sql, 'tobs', bias)).toMatchObject({ place: 'kept' });
  expect(await verifyAll(ours.core, 'tobs', { full: true })).toMatchObject({ files: 8, wrong: 0 });
  expect(await scrubSummary(ours.core.db.sql, 'tobs')).toMatchObject({ problems: 0, sound: 8 });
});

test('what cannot be had now stays with the upstream server and is told', async () => {
  await spoil(bias, null);
  await verifyAll(ours.core, 'tobs', { full: true });
  await source.stop();
  const { mended, failed } = await mendFiles(ours.core, 'tobs');
  expect(mended).toEqual([]);
  expect(failed).toMatchObject([{ name: bias }]);
  expect(await fileOf(ours.core.db.sql, 'tobs', bias)).toMatchObject({ place: 'upstream' });
});
