import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { beforeEach, expect, test, vi } from 'vitest';
import { testDatabase } from '../../../test/support/database.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { createAudit, listAudit } from '../core/audit/index.ts';
import { loadConfig } from '../core/config/index.ts';
import { silentLog } from '../core/log.ts';
import { addFiles } from '../crds/catalogue/files.store.ts';
import { setContext } from '../crds/contexts/set-context.ts';
import { register } from './crds.ts';

const db = await testDatabase();
const { config } = loadConfig({ file: '/dev/null' });
const folder = await temporaryFolder('crds');

/** Runs `orrery crds …` on the test's database and gives what it printed. */
async function run(...args: string[]): Promise<string> {
  const program = new Command().exitOverride();
  register(program, async () => ({ db, config, log: silentLog, close: async () => {} }));
  let printed = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  try {
    await program.parseAsync(['crds', ...args], { from: 'user' });
  } finally {
    write.mockRestore();
  }
  return printed;
}

beforeEach(async () => {
  await db.sql`
    truncate crds.file, crds.mapping_use, crds.observatory, crds.context_history, crds.build_context, core.audit,
      core.audit_pending cascade`;
  await run('observatory', 'put', 'tst', '--title', 'Our telescope');
  await db.transaction((tx) =>
    addFiles(tx, 'tst', [
      { name: 'tst_0001.pmap', uses: ['tst_cam_0001.imap'] },
      { name: 'tst_0002.pmap', uses: ['tst_cam_0001.imap'] },
      { name: 'tst_cam_0001.imap', uses: ['a.fits', 'b.fits'] },
      { name: 'a.fits' },
      { name: 'spare.fits' },
    ]),
  );
});

test('an observatory is made, changed, and listed with its contexts', async () => {
  expect(await run('observatory', 'put', 'tst', '--title', 'Our telescope')).toBe('tst unchanged\n');
  const settings = path.join(folder, 'settings.json');
  await writeFile(settings, '{"contexts": {"filesMustBe": "archived"}}');
  expect(await run('observatory', 'put', 'tst', '--settings', settings)).toBe('tst changed\n');
  expect(await run('observatory', 'put', 'oth')).toBe('oth made\n');
  await run('context', 'set', 'tst', 'tst_0001.pmap');
  expect(await run('observatory', 'list')).toMatch(/\noth .*\ntst +tst_0001.pmap +- +- +- +Our telescope\n$/);
  const all = JSON.parse(await run('observatory', 'list', '--json'));
  expect(all[1]).toMatchObject({ observatory: 'tst', settings: { contexts: { filesMustBe: 'archived' } } });
  await writeFile(settings, '{"mirror": {"everySeconds": 60}}');
  expect(await run('observatory', 'put', 'tst', '--settings', settings)).toBe('tst changed\n');
  const [, changed] = JSON.parse(await run('observatory', 'list', '--json'));
  expect(changed.settings).toMatchObject({
    contexts: { filesMustBe: 'archived' },
    mirror: { everySeconds: 60 },
  });
  await writeFile(settings, '{"contexts": {"filesMustBe": "maybe"}}');
  await expect(run('observatory', 'put', 'tst', '--settings', settings)).rejects.toMatchObject({
    code: 'crds.observatory-invalid',
  });
});

test('a context is set by its name or by what stands for it; going back is said', async () => {
  expect(await run('context', 'set', 'tst', 'tst_0002.pmap', '--description', 'first')).toBe(
    'tst latest is tst_0002.pmap now: 2 mappings, 2 references, 1 of which the catalogue does not have\n',
  );
  expect(await run('context', 'set', 'tst', 'tst-latest', '--kind', 'edit')).toContain(
    'tst edit is tst_0002.pmap now',
  );
  expect(await run('context', 'set', 'tst', 'tst-edit')).toBe('tst latest is tst_0002.pmap already\n');
  expect(await run('context', 'set', 'tst', 'tst_0001.pmap')).toMatch(
    /now, was tst_0002.pmap: .*\nThis is older than the one before.\n$/,
  );
  await run('context', 'set', 'tst', 'tst_0001.pmap', '--kind', 'build', '--calibration-version', '1.2.3');
  expect(await run('context', 'list', 'tst')).toMatch(
    /\nlatest +tst_0001.pmap +20\d\d-\S+Z\nedit +tst_0002.pmap +-\nversions +- +-\nbuild +tst_0001.pmap +-\nbuild 1.2.3 +tst_0001.pmap +20/,
  );
  const history = (await run('context', 'history', 'tst')).trim().split('\n');
  expect(history).toHaveLength(3);
  expect(history[1]).toMatch(/Z +tst_0001.pmap +cli:\S+ +-$/);
  expect(history[2]).toMatch(/Z +tst_0002.pmap +cli:\S+ +first$/);
  expect((await run('context', 'history', 'tst', '--limit', '1')).trim().split('\n')).toHaveLength(2);
  const { rows } = await listAudit(db.sql, { limit: 20, action: 'crds.context-set' });
  expect(rows).toHaveLength(4);
  expect(rows[0]?.actor).toMatch(/^cli:/);
});

test('what is unknown is refused and changes nothing', async () => {
  for (const args of [
    ['set', 'nope', 'nope_0001.pmap'],
    ['list', 'nope'],
    ['history', 'nope'],
  ]) {
    await expect(run('context', ...args)).rejects.toMatchObject({ code: 'crds.observatory-unknown' });
  }
  await expect(run('context', 'set', 'tst', 'tst_0009.pmap')).rejects.toMatchObject({
    code: 'crds.context-unknown',
  });
  await expect(run('context', 'set', 'tst', 'tst_cam_0001.imap')).rejects.toMatchObject({
    code: 'crds.context-unknown',
  });
  await expect(run('context', 'set', 'tst', 'tst_0001.pmap', '--kind', 'last')).rejects.toThrow();
  expect(await run('context', 'history', 'tst')).toBe('SINCE  CONTEXT  BY  DESCRIPTION\n');
});

test('files are marked bad and good again, with what follows for mappings', async () => {
  await setContext(
    { db, audit: createAudit() },
    { observatory: 'tst', kind: 'latest', context: 'tst_0001.pmap', description: '' },
    { name: 'alice' },
  );
  expect(await run('bad', 'mark', 'tst', 'spare.fits', '--reason', 'wrong')).toBe('spare.fits marked bad\n');
  expect(await run('bad', 'mark', 'tst', 'spare.fits', '--reason', 'wrong')).toBe('nothing changed\n');
  const imap = ['bad', 'mark', 'tst', 'tst_cam_0001.imap', '--reason', 'wrong keys'];
  await expect(run(...imap)).rejects.toMatchObject({ code: 'crds.file-in-use' });
  expect(await run(...imap, '--force')).toBe(
    'tst_cam_0001.imap marked bad\n2 mappings became bad by what they use\n',
  );
  expect(await run('bad', 'list', 'tst')).toMatch(
    /\nspare.fits +marked +archived +wrong\ntst_0001.pmap +uses a bad one +operational +-\ntst_0002.pmap .*\ntst_cam_0001.imap +marked +operational +wrong keys\n$/,
  );
  expect(await run('bad', 'unmark', 'tst', 'tst_cam_0001.imap', '--reason', 'it was right')).toBe(
    'tst_cam_0001.imap no longer marked bad\n2 mappings are good again\n',
  );
});
