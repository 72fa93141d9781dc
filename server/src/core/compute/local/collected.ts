import type { Readable } from 'node:stream';
import { type FoundFile, listBeneath, openBeneath } from '../../files/index.ts';
import type { RunFolder } from '../backend.ts';
import { openClosed } from './folder.ts';

/** More files than this in one run's folder are refused. */
const maxFiles = 100_000;

/** The work folder of an ended run. A run may leave a link to a system file as its result; it is not followed. */
export class CollectedFolder implements RunFolder {
  readonly path: string;

  constructor(folder: string) {
    this.path = folder;
  }

  list(): Promise<FoundFile[]> {
    return this.#opened(() => listBeneath(this.path, { maxFiles }));
  }

  async open(relativePath: string): Promise<Readable> {
    return (await this.#opened(() => openBeneath(this.path, relativePath))).createReadStream();
  }

  /** A run with our own uid may have closed its folders even to us. */
  async #opened<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
      await openClosed(this.path);
      return read();
    }
  }
}
