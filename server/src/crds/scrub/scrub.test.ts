import { open, rm, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { referenceBytes, writeCache } from '../../../../test/support/crds-folder.ts';
import { testDatabase } from '../../../../test/support/database.ts';
import { installation } from '../../../../test/support/installation.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { createAudit } from '../../core/audit/index.ts';
import { createEvents } from '../../core/events/index.ts';
import { silentLog } from '../../core/log.ts';
import { type Digests, digestsOf } from '../catalogue/digests.ts';
import { addFiles } from '../catalogue/files.store.ts';
import { faultyFiles } from '../catalogue/proof.store.ts';
import { mappingText } from '../downloads/downloads.store.ts';
import { importFolder } from '../import/import.ts';
import type { ReferenceMode } from '../import/imported.store.ts';
import { filesHealth, wrongFilesOverdue } from './health.ts';
import { countOrphans, listOrphans, lookForOrphans } from './orphans.ts';
import { scrubSome } from './scrub.ts';
import { scrubSummary, wrongFiles } from './summary.ts';
import { verifyAll } from './verify.ts';

const db = await testDatabase();
const storeFolder = await temporaryFolder('scrub-store');
const { files, store } = await installation(db, storeFolder);
const events = createEvents(db, silentLog, { perProcess: 10, perCaller: 10 });
const core = { db, files, events, audit: createAudit() };
const bias = 'tobs_acs_biasfile_0001.fits';

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder('scrub');
  await db.sql`truncate crds.observatory, crds.file, crds.mapping_text, crds.mapping_use, crds.context_history, core.event cascade`;
  await db.sql`truncate crds.file_proof, crds.scrub_round, crds.orphan`;
  await writeCache(folder);
});

async function imported(references: ReferenceMode = 'link'): Promise<void> {
  await importFolder(core, { folder, observatory: 'tobs', references }, { name: 'cli:test' });
}
const limits = { files: 1000, bytesPerSecond: Number.POSITIVE_INFINITY, untilMs: 60_000, roundHours: 0 };
const scrub = (more: Partial<typeof limits> = {}) => scrubSome(core, 'tobs', { ...limits, ...more });
const inCache = (name: string) => path.join(folder, 'references/tobs/acs', name);
const summary = () => scrubSummary(db.sql, 'tobs');
const wrong = async () =>
  (await wrongFiles(db.sql, 'tobs', { limit: 100, hasUpstream: false })).map(({ name, result, found }) => [
    name,
    result,
    found,
  ]);
const topics = async () =>
  await db.sql<{ topic: string; key: string; data: unknown }[]>`
    select topic, key, data from core.event where topic in ('crds.proof', 'crds.scrub') order by event_id`;

async function overwrite(place: string): Promise<void> {
  const file = await open(place, 'r+');
  await file.write(Buffer.from('X'), 0, 1, 100);
  await file.close();
}

test('references are proven by their import, mappings by the first round, and then all is said to be', async () => {
  await imported();
  expect(await summary()).toMatchObject({ files: 8, sound: 4, unread: 4, provenAt: null });
  const before = Date.now();
  expect(await scrub()).toEqual({ files: 8, roundEnded: true });
  const after = await summary();
  expect(after).toMatchObject({
    files: 8,
    sound: 8,
    problems: 0,
    unread: 0,
    state: 'good',
    bytes: expect.any(Number),
  });
  expect(after.provenAt?.getTime()).toBeGreaterThanOrEqual(before - 1000);
  expect(after.message).toMatch(/^All 8 files are proven, the oldest proof is of /);
  expect((await topics()).map(({ topic }) => topic)).toEqual(['crds.scrub']);
});

test('a round goes on where it was, in order of names, however few files a tick may check', async () => {
  await imported();
  const names: string[] = [];
  for (let n = 0; n < 4; n++) {
    await scrub({ files: 2 });
    const [row] = await db.sql<{ afterName: string }[]>`select after_name from crds.scrub_round`;
    names.push(row?.afterName ?? '');
  }
  expect(names).toEqual([...names].sort());
  expect(new Set(names).size).toBe(4);
  expect((await summary()).round).toMatchObject({ files: 8, finishedAt: null });
  await scrub();
  expect((await summary()).round.finishedAt).not.toBeNull();
});

test('between two rounds only new files are checked', async () => {
  await imported();
  await scrub({ roundHours: 5 });
  expect(await scrub({ roundHours: 5 })).toEqual({ files: 0, roundEnded: false });
  await writeCache(folder, { serials: [2] });
  await imported();
  // Its references are proven by the import.
  expect(await scrub({ roundHours: 5 })).toEqual({ files: 4, roundEnded: false });
  await db.sql`update crds.scrub_round set started_at = clock_timestamp() - interval '6 hours'`;
  expect((await scrub({ roundHours: 5 })).files).toBe(16);
});

test('a linked file that changed, shrank or went away is found, told once, and sound again when it is back', async () => {
  await imported();
  await scrub();
  await overwrite(inCache(bias));
  await writeFile(inCache('tobs_acs_biasfile_1001.fits'), 'short');
  await unlink(inCache('tobs_acs_darkfile_0001.fits'));
  await scrub();
  await scrub();
  expect(await wrong()).toEqual([
    [bias, 'damaged', expect.stringContaining('SHA')],
    ['tobs_acs_biasfile_1001.fits', 'damaged', expect.stringContaining('has 5 bytes instead of 5000')],
    ['tobs_acs_darkfile_0001.fits', 'missing', expect.stringContaining('is not there any more')],
  ]);
  const turns = (await topics()).filter(({ topic }) => topic === 'crds.proof');
  expect(turns.map(({ key }) => key)).toEqual([
    `tobs/${bias}`,
    'tobs/tobs_acs_biasfile_1001.fits',
    'tobs/tobs_acs_darkfile_0001.fits',
  ]);
  expect(await summary()).toMatchObject({ state: 'partial', problems: 3, provenAt: null });
  await writeFile(inCache(bias), referenceBytes(bias));
  await scrub();
  expect(await wrong()).toHaveLength(2);
  const last = (await topics()).filter(({ topic }) => topic === 'crds.proof').at(-1);
  expect(last).toMatchObject({ key: `tobs/${bias}`, data: { result: 'sound' } });
});

test('a kept file that the disk has spoiled is found, and an import with the right bytes mends it', async () => {
  await imported('copy');
  await scrub();
  const [blob] = await db.sql<{ storeKey: string }[]>`
    select b.store_key from core.blob b join crds.file f using (sha256) where f.name = ${bias}`;
  const place = path.join(storeFolder, blob?.storeKey ?? '');
  await rm(place);
  await writeFile(place, referenceBytes('something else'));
  await scrub();
  expect(await wrong()).toEqual([[bias, 'damaged', expect.stringContaining('SHA-256')]]);
  expect((await wrongFiles(db.sql, 'tobs', { limit: 1, hasUpstream: false }))[0]?.next).toMatch(
    /Import a folder/,
  );
  expect((await wrongFiles(db.sql, 'tobs', { limit: 1, hasUpstream: true }))[0]?.next).toMatch(/--mend/);
  await imported('link');
  expect(await wrong()).toEqual([]);
  await scrub();
  expect(await summary()).toMatchObject({ problems: 0, sound: 8 });
  expect(store.kind).toBe('disk');
});

test('a mapping whose text was spoiled in the database is found', async () => {
  await imported();
  await db.sql`
    update crds.mapping_text set content = content || '\\x20' where sha256 in (
      select sha256 from crds.file where name = 'tobs_0001.pmap')`;
  await scrub();
  expect(await wrong()).toEqual([['tobs_0001.pmap', 'damaged', expect.stringContaining('bytes instead of')]]);
});

test('rules that nobody can use are found by a check, and no longer told when they can be', async () => {
  await imported();
  const [rmap] = await db.sql<{ name: string; sha256: string }[]>`
    select name, sha256 from crds.file where name like '%biasfile%.rmap'`;
  const content = await mappingText(db.sql, rmap?.sha256 ?? '');
  const faulty = Buffer.from(
    `${content}`.replace('header = {\n', "header = {\n    'rmap_omit' : '(f(A))',\n"),
  );
  const changed = digestsOf(faulty);
  await db.sql`insert into crds.mapping_text (sha256, content) values (${changed.sha256}, ${faulty})`;
  const [was] = await db.sql<
    Digests[]
  >`select sha1, sha256, size_bytes from crds.file where name = ${rmap?.name ?? ''}`;
  const become = (to: Digests) => db.sql`
    update crds.file set sha1 = ${to.sha1}, sha256 = ${to.sha256}, size_bytes = ${to.sizeBytes}
    where name = ${rmap?.name ?? ''}`;
  await become(changed);
  expect(await verifyAll(core, 'tobs', { full: false })).toMatchObject({ wrong: 0 });
  const fault = '2:22: expected an operator in the expression (f(A))';
  expect(await faultyFiles(db.sql, 'tobs')).toEqual([{ name: rmap?.name, fault }]);
  await become(was as Digests);
  await scrub();
  expect(await faultyFiles(db.sql, 'tobs')).toEqual([]);
});

test('what is wrong is shown by the health and stands on the board with its next step', async () => {
  await imported();
  await unlink(inCache(bias));
  await scrub();
  const health = await filesHealth.check(core as Parameters<typeof filesHealth.check>[0]);
  expect(health).toMatchObject({ state: 'partial', message: expect.stringContaining(bias) });
  const overdue = await wrongFilesOverdue.find(db.sql, new Date(), 10);
  expect(overdue).toMatchObject({ total: 1, rows: [{ id: `tobs/${bias}`, owner: 'operators of tobs' }] });
  expect(await wrongFilesOverdue.find(db.sql, new Date(), 10, 'someone')).toEqual({ total: 0, rows: [] });
});

test('a quick check sees what is missing without reading, a full one proves everything at once', async () => {
  await imported();
  await overwrite(inCache(bias));
  await unlink(inCache('tobs_acs_darkfile_0001.fits'));
  expect(await verifyAll(core, 'tobs', { full: false })).toMatchObject({ files: 8, wrong: 1 });
  expect(await verifyAll(core, 'tobs', { full: true })).toMatchObject({ files: 8, wrong: 2 });
  expect(await summary()).toMatchObject({ problems: 2, unread: 0, sound: 6 });
});

test('files that the catalogue does not know are orphans until they are gone or known', async () => {
  await imported();
  await scrub();
  const orphan = inCache('tobs_acs_biasfile_0099.fits');
  await writeFile(orphan, 'who is this');
  expect(await lookForOrphans(core, 'tobs', '', 0)).toBe(1);
  const [found] = await listOrphans(db.sql, 'tobs', { limit: 10 });
  expect(found).toMatchObject({ place: 'linked', path: orphan, sizeBytes: 11 });
  expect(await lookForOrphans(core, 'tobs', '', 1)).toBeNull();
  // An import brings it before the next look.
  await db.transaction((tx) => addFiles(tx, 'tobs', [{ name: 'tobs_acs_biasfile_0099.fits' }]));
  expect(await countOrphans(db.sql, 'tobs')).toBe(0);
  expect(await listOrphans(db.sql, 'tobs', { limit: 10 })).toEqual([]);
  await db.sql`delete from crds.file where name = 'tobs_acs_biasfile_0099.fits'`;
  expect(await countOrphans(db.sql, 'tobs')).toBe(1);
  await unlink(orphan);
  expect(await lookForOrphans(core, 'tobs', '', 0)).toBe(0);
  expect(await countOrphans(db.sql, 'tobs')).toBe(0);
});
