import { spawn } from 'node:child_process';
import { cp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../../../test/support/temporary-folder.ts';
import { silentLog } from '../../log.ts';
import { connect } from '../connect.ts';
import { chooseSocketDir, readPassword } from './folder.ts';
import { clearRemains, countMembers, isRunning, join } from './postmaster.ts';
import { startEmbedded } from './server.ts';

const root = await temporaryFolder('embedded with spaces');
const fresh = () => temporaryFolder('of spaces', root);
const self = { kind: 'self' } as const;

test('a data folder with spaces starts, stops, and starts beside a lock file whose pid is somebody else', async () => {
  const data = path.join(root, 'data with spaces');
  const lock = path.join(data, 'postgres', 'postmaster.pid');
  const first = await startEmbedded(data, silentLog);
  const remains = await readFile(lock, 'utf8');
  await first.stop();
  await expect(stat(lock)).rejects.toMatchObject({ code: 'ENOENT' });
  // After a reboot the number may be any program's; PostgreSQL takes one of its own account for itself.
  const stranger = spawn('sleep', ['60'], { uid: (await stat(path.join(data, 'postgres'))).uid });
  await writeFile(lock, remains.replace(/^\d+/, String(stranger.pid)));
  const second = await startEmbedded(data, silentLog);
  const sql = connect({ ...second, max: 1, prepare: true, name: 'test' });
  expect(await sql`select 1 as one`).toEqual([{ one: 1 }]);
  await sql.end();
  await second.stop();
  stranger.kill();

  await writeFile(path.join(data, 'postgres.password'), 'of another folder');
  await expect(startEmbedded(data, silentLog)).rejects.toMatchObject({ code: 'db.password-foreign' });
  expect(isRunning(path.join(data, 'postgres'))).toBe(false);
}, 60_000);

test('a data folder that cannot be one is refused with a sentence', async () => {
  const file = path.join(root, 'a file');
  await writeFile(file, '');
  await expect(startEmbedded(path.join(file, 'data'), silentLog)).rejects.toMatchObject({
    code: 'db.data-folder-unusable',
    next: expect.stringContaining('--data'),
  });
});

test('a lock file whose pid is no PostgreSQL is cleared away, one of nobody is left to PostgreSQL', async () => {
  const folder = await fresh();
  const lock = path.join(folder, 'postmaster.pid');
  await writeFile(lock, `${process.pid}\n${folder}\n`);
  expect(isRunning(folder)).toBe(false);
  await clearRemains(folder);
  await expect(stat(lock)).rejects.toMatchObject({ code: 'ENOENT' });
  await writeFile(lock, '4194304\n');
  await clearRemains(folder);
  expect(isRunning(folder)).toBe(false);
  expect(await readFile(lock, 'utf8')).toBe('4194304\n');
});

test('members count while they live under the pid they came with', async () => {
  const members = await fresh();
  const leave = await join(members);
  expect(await countMembers(members)).toBe(1);
  await writeFile(path.join(members, '1'), '4');
  await writeFile(path.join(members, '4194304'), '');
  expect(await countMembers(members)).toBe(1);
  await leave();
  expect(await countMembers(members)).toBe(0);
});

test('all who ask at the same moment read one password, also where an empty file was left', async () => {
  for (const left of [undefined, '']) {
    const file = path.join(await fresh(), 'postgres.password');
    if (left !== undefined) await writeFile(file, left, { mode: 0o600 });
    const read = left === undefined ? 20 : 1;
    const passwords = await Promise.all(Array.from({ length: read }, () => readPassword(file)));
    expect(new Set(passwords).size).toBe(1);
    expect(passwords[0]).toMatch(/^[\w-]{32}$/);
    expect(await readPassword(file)).toBe(passwords[0]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  }
});

test('the socket lies in the data folder, or for a long path in a folder that all starters agree on', async () => {
  const short = await fresh();
  expect(await chooseSocketDir(short, self)).toBe(path.join(short, 'pg'));
  const long = await temporaryFolder('x'.repeat(80), root);
  const chosen = await Promise.all([1, 2, 3].map(() => chooseSocketDir(long, self)));
  const [folder = ''] = chosen;
  expect(new Set(chosen).size).toBe(1);
  expect(Buffer.byteLength(folder)).toBeLessThan(80);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect(await readFile(path.join(long, 'socket'), 'utf8')).toBe(folder);
  const copy = `${long} copy`;
  await cp(long, copy, { recursive: true });
  const ofCopy = await chooseSocketDir(copy, self);
  expect(ofCopy).not.toBe(folder);
  for (const made of [folder, ofCopy]) await rm(made, { recursive: true });
});
