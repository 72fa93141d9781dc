import { hash } from 'node:crypto';

const newline = 0x0a;

/**
 * Counts rows and sums their SHA-256 word by word: the same for the same rows in any order, so that two
 * databases can be compared without sorting. Rows are lines, as COPY writes them (a line break in a value is
 * written `\n`). Guards against loss and damage, not against a forger.
 */
export class RowDigest {
  readonly #sum = new Uint32Array(8);
  #rest: Buffer | undefined;
  rows = 0;
  bytes = 0;

  update(chunk: Buffer): void {
    this.bytes += chunk.length;
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const line = chunk.subarray(start, end);
      this.#add(this.#rest === undefined ? line : Buffer.concat([this.#rest, line]));
      this.#rest = undefined;
      start = end + 1;
    }
    if (start === chunk.length) return;
    const tail = chunk.subarray(start);
    this.#rest = this.#rest === undefined ? Buffer.from(tail) : Buffer.concat([this.#rest, tail]);
  }

  #add(line: Buffer): void {
    const digest = hash('sha256', line, 'buffer');
    for (let word = 0; word < 8; word++) {
      this.#sum[word] = ((this.#sum[word] as number) + digest.readUInt32LE(word * 4)) >>> 0;
    }
    this.rows += 1;
  }

  /** 64 hexadecimal digits. */
  digest(): string {
    if (this.#rest !== undefined) throw new Error('the last row has no end');
    return [...this.#sum].map((word) => word.toString(16).padStart(8, '0')).join('');
  }
}
