import type { Readable } from 'node:stream';
import { AppError } from '../../errors.ts';
import type { RunFolder } from '../backend.ts';
import { isPlainPath } from '../request.ts';
import { type HeldFolder, holdFolder } from './no-follow.ts';

/** More files than this in one run's folder are not listed. */
const maxFiles = 100_000;

/** The work folder of an ended run. A run may leave a link to a system file as its result; it is not followed. */
export class CollectedFolder implements RunFolder {
  readonly path: string;

  constructor(folder: string) {
    this.path = folder;
  }

  async list(): Promise<Array<{ path: string; sizeBytes: number }>> {
    const found: Array<{ path: string; sizeBytes: number }> = [];
    const top = await holdFolder(this.path);
    try {
      await addFiles(top, '', found);
    } finally {
      await top.close();
    }
    return found.sort((one, other) => (one.path < other.path ? -1 : 1));
  }

  async open(relativePath: string): Promise<Readable> {
    if (!isPlainPath(relativePath)) throw fileMissing(relativePath);
    const parts = relativePath.split('/');
    const held: HeldFolder[] = [];
    try {
      held.push(await holdFolder(this.path));
      for (const part of parts.slice(0, -1)) held.push(await (held.at(-1) as HeldFolder).openFolder(part));
      const file = await (held.at(-1) as HeldFolder).openFile(parts.at(-1) as string);
      if (file === null) throw fileMissing(relativePath);
      return file.createReadStream();
    } catch (error) {
      throw isAbsent(error) ? fileMissing(relativePath) : error;
    } finally {
      await Promise.all(held.map((folder) => folder.close()));
    }
  }
}

async function addFiles(
  folder: HeldFolder,
  prefix: string,
  found: Array<{ path: string; sizeBytes: number }>,
): Promise<void> {
  for (const entry of await folder.list()) {
    if (found.length >= maxFiles) return;
    if (entry.isDirectory()) {
      const below = await folder.openFolder(entry.name);
      try {
        await addFiles(below, `${prefix}${entry.name}/`, found);
      } finally {
        await below.close();
      }
    } else if (entry.isFile()) {
      const file = await folder.openFile(entry.name);
      if (file === null) continue;
      found.push({ path: `${prefix}${entry.name}`, sizeBytes: (await file.stat()).size });
      await file.close();
    }
  }
}

/** ELOOP and ENOTDIR are what O_NOFOLLOW answers at a link. */
function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ELOOP', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function fileMissing(relativePath: string): AppError {
  return new AppError('missing', 'compute.file-missing', `The run left no plain file "${relativePath}".`, {
    next: 'List the folder to see what it left.',
  });
}
