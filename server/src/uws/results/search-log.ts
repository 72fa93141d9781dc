import type { UwsLogHit, UwsLogSearch } from '@orrery/contracts/uws';
import type { LogStream } from '../../core/compute/index.ts';
import type { Core } from '../../core/core.ts';
import type { Job } from '../jobs/job.ts';
import { readLogBytes, wholeCharacters } from './log.ts';

/** What one search reads, in pieces of. */
const mostBytes = 128_000_000;
/** Short lines cost more than their bytes: so many take a second or two as well. */
const mostLines = 10_000_000;
const pieceBytes = 1_048_576;
const mostHits = 1000;
const headSigns = 300;

/**
 * Counts plain text in what a job printed, upper and lower case alike, in one pass over at most 128 MB and ten
 * million lines; `complete` says whether that was all. A match lies within one line; matches do not overlap.
 */
export async function searchLog(core: Core, job: Job, stream: LogStream, q: string): Promise<UwsLogSearch> {
  const search = new LineSearch(q);
  let at = 0;
  let sizeBytes = 0;
  while (at < mostBytes && search.line <= mostLines) {
    const part = await readLogBytes(core, job, stream, at, pieceBytes);
    sizeBytes = part.sizeBytes;
    const isLast = at + part.bytes.length >= sizeBytes;
    const piece = isLast ? part.bytes : part.bytes.subarray(0, wholeCharacters(part.bytes));
    if (piece.length === 0) break;
    search.feed(piece);
    at += piece.length;
    if (isLast) break;
  }
  return { ...search.end(), scannedBytes: at, sizeBytes, complete: at >= sizeBytes };
}

/** Searches a text that comes in pieces; what it keeps does not grow with the text. */
export class LineSearch {
  readonly #wanted: string;
  #matches = 0;
  #lines = 0;
  readonly #hits: UwsLogHit[] = [];
  /** Of the line that has not ended yet: number, first byte, beginning, and what a match could begin with. */
  #line = 1;
  #lineByte = 0;
  #byte = 0;
  #head = '';
  #tail = '';
  #isHit = false;

  constructor(q: string) {
    this.#wanted = q.toLowerCase();
  }

  /** The number of the line that has not ended yet. */
  get line(): number {
    return this.#line;
  }

  /** Takes the next bytes; they end between two characters. */
  feed(bytes: Buffer): void {
    let from = 0;
    while (from < bytes.length) {
      const newline = bytes.indexOf(0x0a, from);
      const to = newline < 0 ? bytes.length : newline;
      this.#segment(bytes, from, to);
      if (newline >= 0) this.#endLine(this.#byte + to + 1);
      from = to + 1;
    }
    this.#byte += bytes.length;
  }

  end(): Pick<UwsLogSearch, 'matches' | 'lines' | 'hits'> {
    this.#endLine(this.#byte);
    return { matches: this.#matches, lines: this.#lines, hits: this.#hits };
  }

  #segment(bytes: Buffer, from: number, to: number): void {
    const text = bytes.toString('utf8', from, to);
    if (this.#head.length < headSigns) this.#head += text.slice(0, headSigns - this.#head.length);
    const hay = this.#tail + text.toLowerCase();
    let after = 0;
    for (let hit = hay.indexOf(this.#wanted); hit >= 0; hit = hay.indexOf(this.#wanted, after)) {
      this.#matches += 1;
      this.#isHit = true;
      after = hit + this.#wanted.length;
    }
    this.#tail = hay.slice(Math.max(after, hay.length - this.#wanted.length + 1));
  }

  #endLine(nextByte: number): void {
    if (this.#isHit) {
      this.#lines += 1;
      const text = this.#head.replace(/\r$/, '').toWellFormed();
      if (this.#hits.length < mostHits) this.#hits.push({ line: this.#line, fromByte: this.#lineByte, text });
    }
    this.#line += 1;
    this.#lineByte = nextByte;
    this.#head = '';
    this.#tail = '';
    this.#isHit = false;
  }
}
