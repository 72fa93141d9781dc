import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, expect, test } from 'vitest';
import {
  contextReferences,
  contextTexts,
  referenceBytes,
  writeCache,
} from '../../../../test/support/crds-folder.ts';
import { withSum } from '../../../../test/support/crds-mappings.ts';
import { testDatabase } from '../../../../test/support/database.ts';
import { installation } from '../../../../test/support/installation.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { createAudit } from '../../core/audit/index.ts';
import { createEvents } from '../../core/events/index.ts';
import { silentLog } from '../../core/log.ts';
import { closureOf, fileOf } from '../catalogue/files.store.ts';
import { listObservatories } from '../observatory/observatory.ts';
import { type ImportRequest, importFolder } from './import.ts';
import { problemText } from './problem.ts';

const db = await testDatabase();
const store = await temporaryFolder('import-store');
const { files } = await installation(db, store);
const events = createEvents(db, silentLog, { perProcess: 10, perCaller: 10 });
const core = { db, files, events, audit: createAudit() };
const actor = { name: 'cli:test' };
const sha1 = (content: Uint8Array) => createHash('sha1').update(content).digest('hex');

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder('import');
  await db.sql`truncate crds.observatory, crds.file, crds.mapping_text, crds.mapping_use, crds.context_history cascade`;
});

const importIt = (request: Partial<ImportRequest> = {}) =>
  importFolder(core, { folder, observatory: 'tobs', ...request }, actor);

test('a plain folder of mapping files becomes a catalogue with its context', async () => {
  for (const [name, text] of Object.entries(contextTexts())) await writeFile(path.join(folder, name), text);
  await writeFile(path.join(folder, 'README.txt'), 'about these files');
  const report = await importIt({ latest: 'tobs_0001.pmap' });
  expect(report).toMatchObject({ layout: 'plain', refused: 0, warnings: 0, ignored: 1, namedOnly: 4 });
  expect(report.mappings).toMatchObject({ found: 4, added: 4, refused: 0 });
  const closure = await closureOf(db.sql, 'tobs', 'tobs_0001.pmap');
  expect(closure.mappings).toEqual(Object.keys(contextTexts()).sort());
  expect(closure.references).toEqual(contextReferences().sort());
  const [observatory] = await listObservatories(db.sql);
  expect(observatory?.latestContext).toBe('tobs_0001.pmap');
  expect(await fileOf(db.sql, 'tobs', 'tobs_acs_darkfile_0001.fits')).toMatchObject({
    place: 'absent',
    instrument: 'acs',
    filekind: 'darkfile',
    sizeBytes: null,
  });
});

test('a cache is taken with its references where they are, and the next import reads nothing again', async () => {
  const written = await writeCache(folder);
  const report = await importIt();
  expect(report).toMatchObject({ layout: 'cache', refused: 0, warnings: 0 });
  expect(report.references).toMatchObject({ found: 4, completed: 0, added: 4, bytes: 20_000 });
  const name = 'tobs_acs_biasfile_0001.fits';
  const file = await fileOf(db.sql, 'tobs', name);
  const content = written.get(`references/tobs/acs/${name}`) ?? Buffer.alloc(0);
  expect(file).toMatchObject({
    place: 'linked',
    linkedPath: path.join(folder, 'references/tobs/acs', name),
    sha1: sha1(content),
    sha256: createHash('sha256').update(content).digest('hex'),
    sizeBytes: 5000,
  });
  const [before] = await listObservatories(db.sql);
  const again = await importIt();
  expect(again.mappings).toMatchObject({ unchanged: 4, bytes: 0 });
  expect(again.references).toMatchObject({ unchanged: 4, bytes: 0, known: 0 });
  const [after] = await listObservatories(db.sql);
  expect(after?.version).toBe(before?.version);
});

test('references are kept here when copies are asked for, also after they were linked', async () => {
  await writeCache(folder);
  await importIt();
  const report = await importIt({ references: 'copy' });
  expect(report.references).toMatchObject({ completed: 4, unchanged: 0 });
  const name = 'tobs_acs_biasfile_0001.fits';
  const file = await fileOf(db.sql, 'tobs', name);
  expect(file).toMatchObject({ place: 'kept', linkedPath: null });
  await rm(path.join(folder, 'references'), { recursive: true });
  const { stream } = await files.open(file?.sha256 ?? '', 'reference');
  expect(Buffer.concat(await stream.toArray())).toEqual(referenceBytes(name));
  const owned = await files.owned({ kind: 'crds.file', id: `tobs/${name}` });
  expect(owned.map(({ name }) => name)).toEqual([name]);
});

test('what is wrong is told by file and place, what is right is kept, and nothing of the wrong is', async () => {
  await writeCache(folder);
  const place = (name: string) => path.join(folder, 'mappings/tobs', name);
  const broken = contextTexts()['tobs_acs_biasfile_0001.rmap']?.replace('UseAfter({', 'UseBefore({') ?? '';
  await writeFile(place('tobs_acs_biasfile_0001.rmap'), broken);
  const stale = contextTexts()['tobs_acs_darkfile_0001.rmap']?.replace('1990', '1991') ?? '';
  await writeFile(place('tobs_acs_darkfile_0001.rmap'), stale);
  await writeFile(place('hst_0001.pmap'), 'header = {}');
  await writeFile(place('tobs_acs_0002.imap'), Buffer.from([0xff, 0xfe, 0x00]));
  const report = await importIt();
  const told = report.problems.map((problem) => `${problem.severity} ${problemText(problem)}`);
  expect(told).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^refused mappings\/tobs\/tobs_acs_biasfile_0001.rmap:\d+:\d+: expected /),
      expect.stringMatching(
        /^refused mappings\/tobs\/tobs_acs_darkfile_0001.rmap:\d+:\d+: expected the sha1sum of the text/,
      ),
      'refused mappings/tobs/hst_0001.pmap: is no mapping of tobs',
      'refused mappings/tobs/tobs_acs_0002.imap:1:1: expected text in UTF-8',
      expect.stringContaining(
        'warning tobs_acs_0001.imap: names tobs_acs_biasfile_0001.rmap, which is not here',
      ),
    ]),
  );
  expect(report.refused).toBe(4);
  expect(report.mappings).toMatchObject({ added: 2, refused: 3 });
  expect(await fileOf(db.sql, 'tobs', 'tobs_acs_biasfile_0001.rmap')).toBeNull();
});

test('rules that can be read and not used are taken, with a warning that says where', async () => {
  const name = 'tobs_acs_biasfile_0001.rmap';
  const text = contextTexts()[name] ?? '';
  const faulty = withSum(
    text
      .replace('header = {\n', "header = {\n    'rmap_omit' : '(f(A))',\n")
      .replace(/'sha1sum' : '\w+'/, "'sha1sum' : 'SUM'"),
  );
  await writeFile(path.join(folder, name), faulty);
  const report = await importIt();
  expect(report).toMatchObject({ refused: 0, warnings: 1 });
  expect(report.problems.map(problemText)).toEqual([
    `${name}:2:22: cannot be used: expected an operator in the expression (f(A))`,
  ]);
  expect(await fileOf(db.sql, 'tobs', name)).toMatchObject({
    state: 'archived',
    fault: '2:22: expected an operator in the expression (f(A))',
  });
});

test('a file that is mended is taken by the next import', async () => {
  await writeCache(folder);
  const place = path.join(folder, 'mappings/tobs/tobs_acs_biasfile_0001.rmap');
  await writeFile(place, 'header = {');
  expect((await importIt()).refused).toBe(1);
  await writeFile(place, contextTexts()['tobs_acs_biasfile_0001.rmap'] ?? '');
  const report = await importIt({ latest: 'tobs_0001.pmap' });
  expect(report).toMatchObject({ refused: 0, contexts: { latest: 'tobs_0001.pmap' } });
  expect(report.mappings).toMatchObject({ added: 1, unchanged: 3 });
});

test('files never change: other contents under a known name are refused', async () => {
  await writeCache(folder);
  await importIt();
  const reference = path.join(folder, 'references/tobs/acs/tobs_acs_biasfile_0001.fits');
  await writeFile(reference, referenceBytes('something else'));
  await writeFile(
    path.join(folder, 'mappings/tobs/tobs_0001.pmap'),
    contextTexts()
      ['tobs_0001.pmap']?.replace('made for', 'derived for')
      .replace(/'sha1sum' : '.*'/, "'sha1sum' : 'x'") ?? '',
  );
  const report = await importIt();
  expect(report.refused).toBe(2);
  expect(report.problems.map(problemText)).toContainEqual(
    expect.stringMatching(/tobs_acs_biasfile_0001.fits: .* SHA-1 .* instead of /),
  );
});

test('a reference of equal size and time as before is not read again; a new time is enough to read it', async () => {
  await writeCache(folder);
  await importIt();
  await utimes(
    path.join(folder, 'references/tobs/acs/tobs_acs_biasfile_0001.fits'),
    1_600_000_000,
    1_600_000_000,
  );
  expect((await importIt()).references).toMatchObject({ unchanged: 3, known: 1, bytes: 5000 });
});

test('what the cache knew of its server is taken over: history, contexts, bad files, sizes and sums', async () => {
  const name = 'tobs_acs_biasfile_0001.fits';
  const metadata = {
    [name]: { size: '5000', sha1sum: sha1(referenceBytes(name)) },
    'tobs_acs_flatfile_0009.fits': { size: '123', sha1sum: 'a'.repeat(40) },
    'tobs_acs_darkfile_0001.fits': { size: '5000', sha1sum: 'b'.repeat(40) },
  };
  const payload = gzipSync(JSON.stringify(metadata)).toString('base64');
  const config = `{'observatory': 'tobs', 'operational_context': 'tobs_0001.pmap', 'edit_context': 'tobs_0002.pmap',
 'versions_context': '', 'bad_files_list': ['tobs_acs_darkfile_1001.fits'], 'force_remote_mode': 0, 'connected': True,
 'crds_version': {'str': '13.2.4'}, 'status': None,
 'context_history': [['2020-01-02 03:04:05', 'tobs_0001.pmap', 'first'], ['2019-01-01 00:00:00', 'tobs.pmap', 'before']],
 'download_metadata': {'crds_encoded': '1.0', 'crds_payload': '${payload.slice(0, 30)}'
   '${payload.slice(30)}'}}`;
  await writeCache(folder, { serials: [1, 2], config });
  const report = await importIt();
  expect(report.contexts).toEqual({
    latest: 'tobs_0001.pmap',
    edit: 'tobs_0002.pmap',
    history: 2,
    badFiles: 1,
  });
  const [observatory] = await listObservatories(db.sql);
  expect(observatory).toMatchObject({ latestContext: 'tobs_0001.pmap', editContext: 'tobs_0002.pmap' });
  expect(await fileOf(db.sql, 'tobs', 'tobs_acs_darkfile_1001.fits')).toMatchObject({ rejected: true });
  expect(await fileOf(db.sql, 'tobs', 'tobs_acs_flatfile_0009.fits')).toMatchObject({
    sizeBytes: 123,
    place: 'absent',
  });
  // The server of the cache said another sum than the file has.
  expect(report.refused).toBe(1);
  expect(report.problems.map(problemText)[0]).toMatch(/tobs_acs_darkfile_0001.fits: .*instead of b{40}/);
});

test('a server_config that is no literal is told by its place, and the files are taken without it', async () => {
  await writeCache(folder, {
    config: "{'observatory': 'tobs',\n 'latest_context': __import__('os').system('true')}",
  });
  const report = await importIt();
  expect(report.problems.map(problemText)).toEqual([
    expect.stringMatching(
      /^config\/tobs\/server_config:2:\d+: expected .*; what the cache knows of contexts is not used$/,
    ),
  ]);
  expect(report).toMatchObject({ refused: 0, contexts: { latest: null } });
  expect(report.mappings.added).toBe(4);
});

test('the config of another observatory is not used', async () => {
  await writeCache(folder, { config: "{'observatory': 'hst', 'operational_context': 'tobs_0001.pmap'}" });
  const report = await importIt();
  expect(report.problems.map(problemText)[0]).toContain('belongs to the observatory "hst"');
  expect(report.contexts.latest).toBeNull();
});

test('hostile folders are told, and nothing outside is read', async () => {
  const outside = await temporaryFolder('outside');
  await writeFile(path.join(outside, 'tobs_acs_biasfile_0666.fits'), 'secret');
  await writeCache(folder);
  const references = path.join(folder, 'references/tobs');
  await symlink(path.join(references, 'acs'), path.join(references, 'jref'));
  await symlink(outside, path.join(references, 'away'));
  await symlink(path.join(references, 'loop'), path.join(references, 'loop'));
  await symlink(
    path.join(outside, 'tobs_acs_biasfile_0666.fits'),
    path.join(references, 'acs/tobs_acs_biasfile_0666.fits'),
  );
  execFileSync('mkfifo', [path.join(references, 'acs/tobs_acs_pipe_0001.fits')]);
  await writeFile(path.join(references, 'acs/two\nlines.fits'), 'x');
  await mkdir(path.join(references, 'acs/tobs_acs_folder_0001.fits'));
  await writeFile(path.join(references, 'acs/tobs_acs_secret_0001.fits'), 'x');
  await chmod(path.join(references, 'acs/tobs_acs_secret_0001.fits'), 0);
  const report = await importIt();
  const told = report.problems.map(problemText);
  expect(told).toEqual(
    expect.arrayContaining([
      'references/tobs/away: is a symbolic link out of the folder, and was not followed',
      'references/tobs/loop: is a symbolic link that leads nowhere',
      'references/tobs/acs/tobs_acs_biasfile_0666.fits: is a symbolic link out of the folder, and was not followed',
      'references/tobs/acs/tobs_acs_pipe_0001.fits: is no regular file',
      'references/tobs/acs/two\\x0alines.fits: no file of a catalogue may have this name',
    ]),
  );
  // Root reads what is forbidden to others.
  if (process.getuid?.() !== 0) {
    expect(told).toContain(
      'references/tobs/acs/tobs_acs_secret_0001.fits: cannot be read: permission denied',
    );
  }
  expect(report.references.added).toBe(process.getuid?.() === 0 ? 5 : 4);
  expect(await fileOf(db.sql, 'tobs', 'tobs_acs_biasfile_0666.fits')).toBeNull();
});

test('names and texts that the database would not take refuse one file, or are left out of it', async () => {
  const rules = (name: string, file: string) =>
    withSum(`header = {'mapping' : 'REFERENCE', 'name' : '${name}', 'derived_from' : 'x', 'observatory' : 'TOBS',
'instrument' : 'ACS', 'filekind' : 'biasfile', 'parkey' : (('DETECTOR',),), 'description' : 'a\\x00b',
'sha1sum' : 'SUM'}
selector = Match({'WFC' : '${file}'})
`);
  for (const [serial, file] of [`${'a'.repeat(1_000_000)}.fits`, 'a\\x00.fits', 'good.fits'].entries()) {
    const name = `tobs_acs_biasfile_000${serial + 1}.rmap`;
    await writeFile(path.join(folder, name), rules(name, file));
  }
  const report = await importIt();
  expect(report.problems.map(problemText).sort()).toEqual([
    expect.stringMatching(/biasfile_0001\.rmap:4:27: expected names of files of at most 255/),
    expect.stringMatching(/biasfile_0002\.rmap:4:27: expected names of files of at most 255/),
  ]);
  expect(await fileOf(db.sql, 'tobs', 'tobs_acs_biasfile_0001.rmap')).toBeNull();
  expect(await fileOf(db.sql, 'tobs', 'tobs_acs_biasfile_0003.rmap')).toMatchObject({ description: 'ab' });
});

test('a dry run reads and checks everything and stores nothing', async () => {
  await writeCache(folder);
  await writeFile(path.join(folder, 'mappings/tobs/tobs_acs_0009.imap'), 'selector = 1');
  const report = await importIt({ dryRun: true, latest: 'tobs_0001.pmap' });
  expect(report).toMatchObject({ refused: 1, dryRun: true });
  expect(report.references).toMatchObject({ found: 4, known: 4, bytes: 20_000 });
  expect(await listObservatories(db.sql)).toEqual([]);
});

test('a context that cannot be latest is refused by name, and the files stay', async () => {
  await writeCache(folder);
  const report = await importIt({ latest: 'tobs_0007.pmap' });
  expect(report.refused).toBe(1);
  expect(report.problems[0]).toMatchObject({ path: 'tobs_0007.pmap', severity: 'refused' });
  expect(report.mappings.added).toBe(4);
});

test('a folder that is not there is refused', async () => {
  await expect(importIt({ folder: path.join(folder, 'nosuch') })).rejects.toMatchObject({
    code: 'crds.import-folder-missing',
  });
  expect(await listObservatories(db.sql)).toEqual([]);
});
