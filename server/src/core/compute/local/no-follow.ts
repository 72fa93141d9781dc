import { constants, type Dirent } from 'node:fs';
import { type FileHandle, lstat, open, readdir } from 'node:fs/promises';
import path from 'node:path';

const plain = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const byDescriptor = process.platform === 'linux';

/** A folder held open: what is looked up in it stays in it, whatever becomes of its name meanwhile. */
export interface HeldFolder {
  list(): Promise<Dirent[]>;
  openFolder(name: string): Promise<HeldFolder>;
  /** Null for anything but a plain file: a link, a pipe, a device. */
  openFile(name: string): Promise<FileHandle | null>;
  close(): Promise<void>;
}

/** Holds a folder; its own last part may not be a link either. */
export async function holdFolder(folder: string): Promise<HeldFolder> {
  const handle = await open(folder, plain | constants.O_DIRECTORY);
  // Node has no openat; on Linux the descriptor's own path does the same.
  const base = byDescriptor ? `/proc/self/fd/${handle.fd}` : folder;
  return {
    list: () => readdir(base, { withFileTypes: true }),
    openFolder: (name) => holdFolder(path.join(base, one(name))),
    async openFile(name) {
      const target = path.join(base, one(name));
      if (!(await lstat(target)).isFile()) return null;
      const file = await open(target, plain);
      if ((await file.stat()).isFile()) return file;
      await file.close();
      return null;
    },
    close: () => handle.close(),
  };
}

function one(name: string): string {
  if (name === '' || name === '.' || name === '..' || name.includes('/'))
    throw new Error(`"${name}" is no single name`);
  return name;
}
