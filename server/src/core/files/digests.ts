import { createHash } from 'node:crypto';
import { Adler32 } from './adler32.ts';

export type ExtraDigest = 'sha1' | 'md5' | 'adler32';

/** Checksums of one byte sequence, lower-case hexadecimal. */
export interface Digests {
  sha256: string;
  sha1?: string;
  md5?: string;
  adler32?: string;
}

/** Computes several checksums of the same bytes in one pass. */
export class DigestSet {
  readonly #sha256 = createHash('sha256');
  readonly #extra: ReadonlyArray<{ name: ExtraDigest; update(bytes: Uint8Array): unknown; value(): string }>;

  constructor(extra: readonly ExtraDigest[] = []) {
    this.#extra = [...new Set(extra)].map((name) => {
      if (name === 'adler32') {
        const sum = new Adler32();
        return { name, update: (bytes) => sum.update(bytes), value: () => sum.digest() };
      }
      const hash = createHash(name);
      return { name, update: (bytes) => hash.update(bytes), value: () => hash.digest('hex') };
    });
  }

  update(bytes: Uint8Array): void {
    this.#sha256.update(bytes);
    for (const each of this.#extra) each.update(bytes);
  }

  digest(): Digests {
    const digests: Digests = { sha256: this.#sha256.digest('hex') };
    for (const each of this.#extra) digests[each.name] = each.value();
    return digests;
  }
}

export function isSha256(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}
