import { constants } from 'node:fs';
import { copyFile, link, open, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../errors.ts';
import { unguessableId } from '../ids.ts';

export function pathTaken(target: string): AppError {
  return new AppError(
    'conflict',
    'files.path-taken',
    `There is already a file at ${path.basename(target)}.`,
    {
      next: 'Remove it first, or choose another place.',
    },
  );
}

/** Makes renames and links in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Lets `write` fill a file beside `target`, then gives it its name in one step, read-only for everybody.
 * Throws AppError conflict `files.path-taken` when there is one already.
 */
export async function placeNew(target: string, write: (beside: string) => Promise<void>): Promise<void> {
  const beside = path.join(path.dirname(target), `.${unguessableId(12)}.part`);
  try {
    await write(beside);
    const handle = await open(beside, 'r');
    try {
      await handle.chmod(0o444);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // link, unlike rename, never replaces what is there; where links are not known, rename has to do.
    await link(beside, target).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') throw pathTaken(target);
      await rename(beside, target);
    });
    await syncFolder(path.dirname(target));
  } finally {
    await unlink(beside).catch(() => {});
  }
}

/** Copies by reference where the file system can (btrfs, xfs), else byte by byte; says which. */
export async function copyNew(source: string, target: string): Promise<'reflink' | 'copy'> {
  let how: 'reflink' | 'copy' = 'reflink';
  await placeNew(target, async (beside) => {
    try {
      await copyFile(source, beside, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    } catch {
      how = 'copy';
      await copyFile(source, beside);
    }
  });
  return how;
}
