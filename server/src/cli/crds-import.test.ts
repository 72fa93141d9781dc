import { unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { expect, test, vi } from 'vitest';
import { contextReferences, referenceBytes, writeCache } from '../../../test/support/crds-folder.ts';
import { testDatabase } from '../../../test/support/database.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { createAudit } from '../core/audit/index.ts';
import { loadConfig } from '../core/config/index.ts';
import { silentLog } from '../core/log.ts';
import { putObservatory } from '../crds/observatory/observatory.ts';
import { lookForOrphans } from '../crds/scrub/orphans.ts';
import { crdsSettings } from '../crds/settings.ts';
import { registerImport } from './crds-import.ts';
import { registerPublish } from './crds-publish.ts';
import { registerVerify } from './crds-verify.ts';

const db = await testDatabase();
const folder = await temporaryFolder('crds-cli');
const { config } = loadConfig({
  services: { crds: crdsSettings },
  file: '/dev/null',
  flags: { data: path.join(folder, 'data'), 'files.minFreeMb': '0', 'files.minFreePercent': '0' },
});
const cache = path.join(folder, 'cache');
const [bias = ''] = contextReferences();

interface Run {
  stdout: string;
  stderr: string;
  failure?: string;
}

/** Runs `orrery crds …` on the test's database. */
async function crds(...args: string[]): Promise<Run> {
  const group = new Command().exitOverride().command('crds');
  const open = async () => ({ db, config, log: silentLog, close: async () => {} });
  registerImport(group, open);
  registerVerify(group, open);
  registerPublish(group, open);
  const run: Run = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      run[name] += String(text);
      return true;
    }),
  );
  try {
    await group.parseAsync(args, { from: 'user' });
  } catch (error) {
    run.failure = error instanceof Error ? error.message : String(error);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return run;
}

test('an import prints its counts, and fails when something was refused', async () => {
  await writeCache(cache);
  const first = await crds('import', cache, '--observatory', 'tobs', '--latest', 'tobs_0001.pmap');
  expect(first.failure).toBeUndefined();
  expect(first.stdout).toMatch(/^mappings +4 +0 +4 +0 +0 +0 /m);
  expect(first.stdout).toMatch(/^references +4 +0 +4 /m);
  expect(first.stdout).toContain('Latest context: tobs_0001.pmap.');
  await writeFile(path.join(cache, 'mappings/tobs/tobs_acs_0002.imap'), 'header = [');
  const second = await crds('import', cache, '--observatory', 'tobs');
  expect(second.failure).toMatch(/^1 of the files/);
  expect(second.stderr).toMatch(/refused: mappings\/tobs\/tobs_acs_0002.imap:1:\d+: expected/);
});

test('as JSON each line is a problem, progress or the report', async () => {
  const { stdout, failure } = await crds('import', cache, '--observatory', 'tobs', '--json');
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.at(-1)).toMatchObject({ report: { refused: 1, mappings: { unchanged: 4 } } });
  expect(lines.filter((line) => 'problem' in line)).toHaveLength(1);
  expect(failure).toBeDefined();
});

test('verify proves everything and fails with what is wrong and what mends it', async () => {
  const sound = await crds('verify', '--full');
  expect(sound).toMatchObject({ stdout: expect.stringMatching(/^tobs: All 8 files are proven/) });
  expect(sound.failure).toBeUndefined();
  await unlink(path.join(cache, 'references/tobs/acs', bias));
  const wrong = await crds('verify', '--observatory', 'tobs');
  expect(wrong.failure).toBe('1 file is not sound.');
  expect(wrong.stdout).toMatch(
    new RegExp(`^tobs ${bias} missing: .*is not there any more\\. Put the file back`),
  );
  await writeFile(path.join(cache, 'references/tobs/acs', bias), referenceBytes(bias));
  expect((await crds('verify', '--full')).failure).toBeUndefined();
});

test('verify names the files that the catalogue does not know, and does not fail for them', async () => {
  const stranger = path.join(cache, 'references/tobs/acs/tobs_acs_biasfile_0099.fits');
  await writeFile(stranger, 'who is this');
  await lookForOrphans({ db }, 'tobs', '', 0);
  const { stdout, failure } = await crds('verify');
  expect(stdout).toContain(`tobs ${stranger}: the catalogue does not know this file\n`);
  expect(failure).toBeUndefined();
  await unlink(stranger);
  await lookForOrphans({ db }, 'tobs', '', 0);
  expect((await crds('verify')).stdout).not.toContain(stranger);
});

test('publish says what it placed, or why not', async () => {
  expect((await crds('publish', '--observatory', 'tobs')).failure).toMatch(/No folder is set/);
  const shared = path.join(folder, 'shared');
  const actor = { name: 'cli:test' };
  await putObservatory(
    { db, audit: createAudit() },
    { observatory: 'tobs', settings: { publish: { folder: shared } } },
    actor,
  );
  expect((await crds('publish', '--observatory', 'tobs')).stdout).toBe(
    `${shared}: 8 files placed, 0 were there.\n`,
  );
  expect((await crds('publish', '--observatory', 'hst')).failure).toMatch(/no observatory "hst"/);
});
