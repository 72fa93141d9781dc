import type { FileHandle } from 'node:fs/promises';
import { chmod, link, lstat, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import { unguessableId } from '../../core/ids.ts';

/** Begins the names of unfinished files; clients look for names of files only. */
const unfinished = '.orrery-';

/** Makes a folder that everybody may read. */
export async function makeFolder(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true });
  if (made === undefined) return;
  for (let each = folder; each.startsWith(made); each = path.dirname(each)) await chmod(each, 0o755);
}

/** Gives a file its name in one step, once `fill` has made it beside; what had the name before is replaced. */
export async function placeFile(target: string, fill: (beside: string) => Promise<void>): Promise<void> {
  const beside = path.join(path.dirname(target), `${unfinished}${unguessableId(12)}`);
  try {
    await fill(beside);
    await rename(beside, target);
  } finally {
    // After the rename it is not there. A hard link to the same inode, though, makes rename do nothing.
    await unlink(beside).catch(() => {});
  }
}

/** Writes a text or the bytes of a mapping; durable when it resolves. */
export async function placeBytes(target: string, content: Uint8Array | string): Promise<void> {
  await placeFile(target, async (beside) => {
    const handle = await open(beside, 'wx', 0o644);
    try {
      await handle.writeFile(content);
      await handle.chmod(0o644);
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

/** Makes renames in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A file that the operator left: by a hard link, or a copy where none is possible. Never follows a link. */
export async function placeLinked(target: string, source: string, opened: FileHandle): Promise<void> {
  await placeFile(target, async (beside) => {
    const wanted = await opened.stat();
    try {
      await link(source, beside);
      const linked = await lstat(beside);
      if (linked.ino === wanted.ino && linked.dev === wanted.dev) return;
      await unlink(beside);
    } catch {
      // Another device, a file system or a rule of the kernel without hard links: copy instead.
    }
    const copy = await open(beside, 'wx', 0o644);
    try {
      await copy.writeFile(opened.createReadStream({ autoClose: false, start: 0 }));
      await copy.chmod(0o444);
      await copy.sync();
    } finally {
      await copy.close();
    }
  });
}

/** Size of a plain file; null when there is none of that name, or something else. */
export async function sizeOf(place: string): Promise<number | null> {
  const found = await lstat(place).catch(() => undefined);
  return found?.isFile() === true ? found.size : null;
}

/** Removes what a killed publication left in a folder. Only for whoever holds the lease. */
export async function removeUnfinished(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (name.startsWith(unfinished)) await unlink(path.join(folder, name)).catch(() => {});
  }
}
