import { unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { crdsCore } from '../../../../test/support/crds-core.ts';
import { contextReferences, writeCache } from '../../../../test/support/crds-folder.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { importFolder } from '../import/import.ts';
import { putObservatory } from '../observatory/observatory.ts';
import { publishObservatory } from '../publish/index.ts';
import { lookForOrphans } from '../scrub/orphans.ts';
import { verifyAll } from '../scrub/verify.ts';
import { latestReport, listReports, reportAll } from './index.ts';

const { core, folder } = await crdsCore();
const { db } = core;
const actor = { name: 'cli:test' };
let cache: string;
beforeEach(async () => {
  await db.sql`truncate crds.observatory, crds.file, crds.mapping_text, crds.mapping_use, crds.context_history, core.event cascade`;
  await db.sql`truncate crds.report, crds.publication, crds.scrub_round, crds.orphan`;
  cache = await temporaryFolder('cache', folder);
  await writeCache(cache);
});
const monday = new Date('2026-03-02T03:05:00Z');
const tuesday = new Date('2026-03-03T03:05:00Z');
const imported = () =>
  importFolder(core, { folder: cache, observatory: 'tobs', latest: 'tobs_0001.pmap' }, actor);
const line = async (name: string) =>
  (await latestReport(db.sql, 'tobs'))?.lines.find((one) => one.name === name);

test('a night without trouble is said in one sentence', async () => {
  await putObservatory(
    core,
    { observatory: 'tobs', settings: { publish: { folder: path.join(folder, 'shared') } } },
    actor,
  );
  await imported();
  await verifyAll(core, 'tobs', { full: true });
  await publishObservatory(core, 'tobs');
  await reportAll(core, monday);
  const report = await latestReport(db.sql, 'tobs');
  expect(report?.day).toBe('2026-03-02');
  const unhealthy = report?.lines.filter(({ state, name }) => state !== 'good' && !name.startsWith('disk'));
  expect(unhealthy).toEqual([]);
  expect(await line('proofs')).toMatchObject({ message: expect.stringContaining('All 8 files are proven') });
  expect(await line('published folder')).toMatchObject({
    message: expect.stringContaining('has tobs_0001.pmap and 8 files'),
  });
  expect(await line('upstream server')).toBeUndefined();
  const told = await db.sql`select key, data from core.event where topic = 'crds.report'`;
  expect(told).toMatchObject([{ key: 'tobs', data: { day: '2026-03-02' } }]);
});

test('what went wrong stands in the report with what to do', async () => {
  await imported();
  await unlink(path.join(cache, 'references/tobs/acs', contextReferences()[0] ?? ''));
  await writeFile(path.join(cache, 'references/tobs/acs/tobs_acs_biasfile_0099.fits'), 'stray');
  await verifyAll(core, 'tobs', { full: true });
  await db.sql`insert into crds.scrub_round (observatory) values ('tobs') on conflict do nothing`;
  await lookForOrphans(core, 'tobs', '', 0);
  await reportAll(core, monday);
  expect(await line('proofs')).toMatchObject({
    state: 'partial',
    next: expect.stringContaining('orrery crds verify'),
  });
  expect(await line('orphans')).toMatchObject({ state: 'partial', message: expect.stringMatching(/^1 /) });
  expect((await latestReport(db.sql, 'tobs'))?.summary).toMatch(/want to be looked at: .*proofs, orphans/);
});

test('one report a night, however often it is made, and each says what is new since the one before', async () => {
  await imported();
  await reportAll(core, monday);
  await writeCache(cache, { serials: [2] });
  await imported();
  await reportAll(core, tuesday);
  await reportAll(core, tuesday);
  expect((await listReports(db.sql, 'tobs', { limit: 10 })).map(({ day }) => day)).toEqual([
    '2026-03-03',
    '2026-03-02',
  ]);
  expect(await line('files')).toMatchObject({
    message: expect.stringMatching(/^8 mappings \(\+4 since the last report\), 8 references \(\+4 since/),
  });
  expect(await listReports(db.sql, 'tobs', { before: '2026-03-03', limit: 10 })).toHaveLength(1);
});

test('an observatory without a context is told', async () => {
  await putObservatory(core, { observatory: 'hst' }, actor);
  await reportAll(core, monday);
  const [report] = await listReports(db.sql, 'hst', { limit: 1 });
  expect(report?.lines[0]).toMatchObject({ name: 'context', state: 'partial' });
});
