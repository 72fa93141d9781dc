import { execFileSync } from 'node:child_process';
import { mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { writeLogArchive } from './log-archive.ts';

const folder = await temporaryFolder('log');

test('the archive is one that tar reads: long names, empty files, no links, nothing that was left out', async () => {
  const work = path.join(folder, 'work');
  const deep = `${'a-long-folder-name/'.repeat(8)}grüße.txt`;
  await mkdir(path.join(work, path.dirname(deep)), { recursive: true });
  await writeFile(path.join(work, deep), 'deep\n');
  await writeFile(path.join(work, 'payload.stdout'), 'x'.repeat(100_000));
  await writeFile(path.join(work, 'empty'), '');
  await writeFile(path.join(work, 'output.txt'), 'is elsewhere');
  await symlink('/etc/passwd', path.join(work, 'link'));
  const archive = path.join(folder, 'log.tgz');
  await writeLogArchive(work, archive, 'tarball_1', new Set(['output.txt']));
  const names = execFileSync('tar', ['tzf', archive], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  expect(
    names
      .replaceAll(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
      .split('\n').length,
  ).toBe(4);
  const target = path.join(folder, 'out');
  await mkdir(target);
  execFileSync('tar', ['xzf', archive, '-C', target]);
  expect(await readFile(path.join(target, 'tarball_1', deep), 'utf8')).toBe('deep\n');
  expect((await readFile(path.join(target, 'tarball_1/payload.stdout'))).length).toBe(100_000);
  expect(names).not.toMatch(/output\.txt|link/);
});

test('a file too large for a log is left out', async () => {
  const work = path.join(folder, 'large');
  await mkdir(work);
  await writeFile(path.join(work, 'core'), '');
  await truncate(path.join(work, 'core'), 200 * 1024 * 1024);
  await writeFile(path.join(work, 'small'), 'small');
  const archive = path.join(folder, 'large.tgz');
  await writeLogArchive(work, archive, 'p', new Set());
  expect(execFileSync('tar', ['tzf', archive], { encoding: 'utf8' })).toBe('p/small\n');
});
