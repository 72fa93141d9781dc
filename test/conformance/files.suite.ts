import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { Db } from '../../server/src/core/db/index.ts';
import type { BlobStore, Files } from '../../server/src/core/files/index.ts';

export interface FilesUnderTest {
  db: Db;
  files: Files;
  store: BlobStore;
  /** A new empty folder on the disk of this machine. */
  folder(): Promise<string>;
}

export function filesConformance(under: () => FilesUnderTest): void {
  test('what was put comes back byte for byte', async () => {
    const { files } = under();
    const blob = await files.put(Readable.from([Buffer.from('some '), Buffer.from('bytes')]), {
      namespace: 'result',
    });
    expect(blob.sizeBytes).toBe(10);
    const { stream } = await files.open(blob.sha256, 'result');
    expect((await buffer(stream)).toString()).toBe('some bytes');
  });
}
