import { hash } from 'node:crypto';

/** What the catalogue says of the bytes of a file. */
export interface Digests {
  sizeBytes: number;
  sha1: string;
  sha256: string;
}

/** Size and digests of contents that are in memory as a whole. */
export function digestsOf(content: Uint8Array): Digests {
  return {
    sizeBytes: content.length,
    sha1: hash('sha1', content, 'hex'),
    sha256: hash('sha256', content, 'hex'),
  };
}
