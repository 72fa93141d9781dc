import { createHash, randomBytes } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { chown, link, lstat, mkdir, mkdtemp, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AppError, messageOf } from '../../errors.ts';
import type { Account } from './account.ts';

/** Gives a file to the account that PostgreSQL runs under. */
export async function giveTo(account: Account, file: string): Promise<void> {
  if (account.kind === 'other') await chown(file, account.uid, account.gid);
}

/**
 * The folder of the socket. Paths over 107 bytes are refused by the system: then a folder under the temporary
 * directory is used, and `run/socket` says which. Its name tells for which data folder it was made, since a copy of
 * a data folder has the pointer of the original.
 */
export async function chooseSocketDir(run: string, account: Account): Promise<string> {
  const pointer = path.join(run, 'socket');
  const own = path.join(run, 'pg');
  let folder = own;
  if (Buffer.byteLength(path.join(own, '.s.PGSQL.5432.lock')) > 107) {
    const mark = `orrery-${createHash('sha256').update(realpathSync(run)).digest('hex').slice(0, 12)}`;
    const known = (await readFile(pointer, 'utf8').catch(() => '')).trim();
    if (path.basename(known).startsWith(mark) && existsSync(known)) return known;
    folder = path.join(tmpdir(), mark);
    if (!(await isFree(folder, account))) folder = await mkdtemp(`${folder}-`);
  }
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await giveTo(account, folder);
  const draft = `${pointer}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, folder);
  await rename(draft, pointer);
  return folder;
}

/** True unless somebody else of this machine has made something of that name. */
async function isFree(folder: string, account: Account): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined);
  if (found === undefined) return true;
  const owners = [process.getuid?.(), account.kind === 'other' ? account.uid : undefined];
  return found.isDirectory() && owners.includes(found.uid) && (found.mode & 0o077) === 0;
}

/**
 * The password of the database, made at first use. It appears whole or not at all: processes that start together
 * read the same one, and one that is killed leaves none behind that is empty.
 */
export async function readPassword(file: string): Promise<string> {
  const known = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (known !== undefined && known !== '') return known;
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(randomBytes(24).toString('base64url'));
    await handle.sync();
    if (known === undefined) await link(draft, file);
    else await rename(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await handle.close();
    await rm(draft, { force: true });
  }
  return readFile(file, 'utf8');
}

/** What the system refused in the data folder, as a sentence; anything else is returned as it is. */
export function asFolderProblem(folder: string, error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof AppError || code === undefined || syscall === undefined) return error;
  const next =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'Free some space there, or name another folder with --data.'
      : 'Make it writable for this account, or name another folder with --data.';
  return new AppError(
    'conflict',
    'db.data-folder-unusable',
    `The data folder ${folder} cannot be used: ${messageOf(error)}`,
    { next, cause: error },
  );
}
