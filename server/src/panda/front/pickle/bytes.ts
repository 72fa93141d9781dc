import { quoted, rawUnicode } from './escapes.ts';
import { type Pickled, PickleError } from './values.ts';

/** Digits, or bytes, of a whole number: no number of PanDA is longer, and reading much longer ones takes seconds. */
const mostDigits = 100;
const mostNumberBytes = 40;

/** The bytes of a pickle, read from front to back. */
export class PickleBytes {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The next opcode. */
  next(): number {
    const code = this.#bytes[this.#at++];
    if (code === undefined) throw new PickleError('The pickle ends before its end.');
    return code;
  }

  take(length: number): Buffer {
    const end = this.#at + length;
    if (!(end <= this.#bytes.length)) throw new PickleError('The pickle ends before its end.');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** A length in so many bytes, the lowest first. */
  length(size: 1 | 2 | 4 | 8): number {
    const bytes = this.take(size);
    return size === 8 ? Number(bytes.readBigUInt64LE()) : bytes.readUIntLE(0, size);
  }

  /** What stands before the next line break, byte by byte. */
  line(): string {
    const end = this.#bytes.indexOf(10, this.#at);
    if (end === -1) throw new PickleError('A line of the pickle has no end.');
    const text = this.#bytes.toString('latin1', this.#at, end);
    this.#at = end + 1;
    return text.endsWith('\r') ? text.slice(0, -1) : text;
  }

  /** A whole number in digits; `L` may stand behind it. */
  decimal(): Pickled {
    const text = this.line().replace(/L$/, '');
    if (text === '00' || text === '01') return text === '01';
    if (text.length > mostDigits || !/^[+-]?\d+$/.test(text)) {
      throw new PickleError(`A whole number of the pickle is none, or longer than ${mostDigits} digits.`);
    }
    return narrowed(BigInt(text.replace(/^\+/, '')));
  }

  /** A whole number in bytes, the lowest first, the highest bit its sign. */
  binary(length: number): Pickled {
    if (length > mostNumberBytes) {
      throw new PickleError(`A whole number of the pickle is longer than ${mostNumberBytes} bytes.`);
    }
    let value = 0n;
    for (const byte of this.take(length).toReversed()) value = (value << 8n) | BigInt(byte);
    return narrowed(BigInt.asIntN(length * 8, value));
  }

  float(): number {
    const text = this.line();
    if (/^[+-]?inf$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
    if (/^[+-]?nan$/i.test(text)) return Number.NaN;
    if (text.length > mostDigits || !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
      throw new PickleError('A number of the pickle is none.');
    }
    return Number(text);
  }

  /** Text as Python 3 writes it in lines. */
  escapedLine(): string {
    const line = this.line();
    return line.includes('\\') ? rawUnicode(line) : line;
  }

  /** Text as Python 2 writes it in lines: in quotes. */
  quotedLine(): string {
    const line = this.line();
    const quote = line[0];
    if (line.length < 2 || (quote !== "'" && quote !== '"') || line.at(-1) !== quote) {
      throw new PickleError('A text of the pickle stands in no quotes.');
    }
    const inner = line.slice(1, -1);
    return inner.includes('\\') ? quoted(inner) : inner;
  }
}

function narrowed(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
