import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { orrery } from '../../../test/support/orrery.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { formatBytes } from './progress.ts';

const folder = await temporaryFolder();
const old = path.join(folder, 'old');
const created = await orrery(['token', 'create', '--user', 'admin', '--label', 'kept', '--data', old]);

test('an installation moves with its key by two commands, and its tokens go on', async () => {
  expect(created.code, created.stderr).toBe(0);
  const backup = path.join(folder, 'with-keys');
  const made = await orrery(['backup', backup, '--with-keys', '--data', old]);
  expect(made.stdout).toMatch(/with-keys: \d+ rows of \d+ tables and 0 files \(0 B\), as of 20/);
  expect(made.stderr).toContain('100 %');
  const fresh = path.join(folder, 'new');
  const restored = await orrery(['restore', backup, '--data', fresh]);
  expect(restored, restored.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('restored') });
  expect(await readFile(path.join(fresh, 'secret.key'))).toEqual(
    await readFile(path.join(old, 'secret.key')),
  );
  expect((await stat(path.join(fresh, 'secret.key'))).mode & 0o777).toBe(0o600);
  expect((await orrery(['token', 'list', '--data', fresh])).stdout).toContain('kept');
  const again = await orrery(['restore', backup, '--data', fresh]);
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('The database is not empty') });
}, 90_000);

test('without the key it says what has to be put where', async () => {
  const backup = path.join(folder, 'without-keys');
  await orrery(['backup', backup, '--data', old]);
  expect(existsSync(path.join(backup, 'secret.key'))).toBe(false);
  const restored = await orrery(['restore', backup, '--data', path.join(folder, 'keyless')]);
  expect(restored).toMatchObject({ code: 0, stderr: expect.stringContaining('keyless/secret.key') });
}, 90_000);

test('a folder that is no backup is refused, and migrate has nothing to do afterwards', async () => {
  const refused = await orrery(['restore', folder, '--check']);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('is not a backup') });
  expect((await orrery(['migrate', '--data', old])).stdout).toBe('The schema is up to date.\n');
}, 60_000);

test('sizes are for people', () => {
  expect([0, 999, 1000, 1_234_567, 5e12].map(formatBytes)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '1.2 MB',
    '5.0 TB',
  ]);
});
