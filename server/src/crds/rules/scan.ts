import { NumberLiteral } from './literal.ts';
import { MappingError, type MappingFault } from './mapping-error.ts';
import { floatText } from './python-text.ts';

/** Brackets that may stand inside each other; real rules need about ten. */
const deepest = 100;
/** Digits that Python still turns into an integer. */
const mostDigits = 4300;

const newline = 0x0a;
const backslash = 0x5c;

/** Position in a text, and the words of Python that mappings are made of: strings, numbers, names, brackets. */
export class Scanner {
  readonly text: string;
  readonly file: string;
  at = 0;
  line = 1;
  /** Open brackets; within them the end of a line is white space like any other. */
  private open = 0;

  constructor(text: string, file: string) {
    this.text = text;
    this.file = file;
  }

  /** Passes white space, comments and continued lines. */
  skip(): void {
    const { text } = this;
    let at = this.at;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === 0x20 || code === 0x09 || code === 0x0c) at++;
      else if (code === newline && this.open > 0) {
        this.line++;
        at++;
      } else if (code === 0x23) {
        const end = text.indexOf('\n', at);
        at = end < 0 ? text.length : end;
      } else if (code === backslash && text.charCodeAt(at + 1) === newline && at + 2 < text.length) {
        this.line++;
        at += 2;
      } else break;
    }
    this.at = at;
  }

  /** Goes to the next statement, which begins at the start of a line; false when there is none. */
  nextStatement(): boolean {
    this.open++;
    this.skip();
    this.open--;
    if (this.at >= this.text.length) return false;
    const before = this.at === 0 ? newline : this.text.charCodeAt(this.at - 1);
    if (before !== newline) this.fail('a statement at the beginning of a line');
    return true;
  }

  /** After a statement its line must end. */
  endStatement(): void {
    if (this.at < this.text.length && this.code !== newline) this.fail('the end of the line');
  }

  /** The character here, 0 at the end. */
  get code(): number {
    return this.at < this.text.length ? this.text.charCodeAt(this.at) : 0;
  }

  /** Passes an opening bracket and the white space after it. */
  enter(): void {
    if (++this.open > deepest) this.fail(`at most ${deepest} brackets inside each other`);
    this.at++;
    this.skip();
  }

  /** Passes a closing bracket and the white space after it. */
  leave(bracket: number, expected: string): void {
    if (this.code !== bracket) this.fail(expected);
    this.open--;
    this.at++;
    this.skip();
  }

  /** Passes a comma and the white space after it; false when there is none. */
  comma(): boolean {
    if (this.text.charCodeAt(this.at) !== 0x2c) return false;
    this.at++;
    this.skip();
    return true;
  }

  fail(expected: string, at = this.at, fault: MappingFault = 'form'): never {
    const before = this.text.slice(0, at);
    const column = at - before.lastIndexOf('\n');
    throw new MappingError(fault, this.file, linesIn(before) + 1, column, expected);
  }

  /** A name, or the letters before a string; empty when there is none. */
  name(): string {
    const start = this.at;
    let at = start;
    while (isNamePart(this.text.charCodeAt(at))) at++;
    this.at = at;
    return this.text.slice(start, at);
  }

  /** A string at its opening quote and those that adjoin it, and the white space after them. */
  strings(isRaw: boolean): string {
    let value = this.string(isRaw);
    for (;;) {
      this.skip();
      const code = this.code;
      if (isQuote(code)) value += this.string(false);
      else if (isNamePart(code)) {
        const start = this.at;
        const prefix = this.name();
        if (!isQuote(this.code)) this.fail('the end of the value', start);
        value += this.string(this.prefixIsRaw(prefix, start));
      } else return value;
    }
  }

  /** Whether the letters before a string make it a raw one; bytes and formatted strings are refused. */
  prefixIsRaw(prefix: string, start: number): boolean {
    if (prefix === 'r' || prefix === 'R') return true;
    if (prefix === 'u' || prefix === 'U') return false;
    return this.fail('plain text, not bytes and not a formatted string', start);
  }

  private string(isRaw: boolean): string {
    const { text, at: start } = this;
    const quote = text.charCodeAt(start);
    if (text.charCodeAt(start + 1) === quote && text.charCodeAt(start + 2) === quote) {
      return this.longString(isRaw, text.slice(start, start + 3));
    }
    for (let at = start + 1; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === quote) {
        this.at = at + 1;
        return text.slice(start + 1, at);
      }
      if (code === backslash) return this.escapedString(isRaw, at, text.slice(start, start + 1));
      if (code === newline) break;
    }
    return this.fail('a closing quote on the same line', start);
  }

  private longString(isRaw: boolean, quotes: string): string {
    const { text, at: start } = this;
    const end = text.indexOf(quotes, start + 3);
    if (end < 0) this.fail('three closing quotes', start);
    const value = text.slice(start + 3, end);
    const firstEscape = value.indexOf('\\');
    if (firstEscape >= 0) return this.escapedString(isRaw, start + 3 + firstEscape, quotes);
    this.line += linesIn(value);
    this.at = end + 3;
    return value;
  }

  /** A string of which everything before its first backslash is known to be plain. */
  private escapedString(isRaw: boolean, firstEscape: number, quotes: string): string {
    const { text, at: start } = this;
    const parts: string[] = [];
    let from = start + quotes.length;
    let at = firstEscape;
    while (at < text.length) {
      const code = text.charCodeAt(at);
      if (code === backslash) {
        parts.push(text.slice(from, at));
        this.at = at;
        from = at = isRaw ? this.rawEscape(parts) : this.escape(parts);
      } else if (text.startsWith(quotes, at)) {
        parts.push(text.slice(from, at));
        const value = parts.join('');
        this.line += linesIn(text.slice(start, at));
        this.at = at + quotes.length;
        return value;
      } else if (code === newline && quotes.length === 1) break;
      else at++;
    }
    return this.fail('a closing quote', start);
  }

  /** In a raw string the backslash stays, and the character after it ends nothing. */
  private rawEscape(parts: string[]): number {
    parts.push(this.text.slice(this.at, this.at + 2));
    return this.at + 2;
  }

  /** Adds what an escape stands for and returns the position after it. */
  private escape(parts: string[]): number {
    const { text, at } = this;
    const letter = text.charAt(at + 1);
    const known = plainEscapes.get(letter);
    if (known !== undefined) {
      parts.push(known);
      return at + 2;
    }
    const digits = escapeDigits.get(letter);
    if (digits !== undefined) {
      const code = text.slice(at + 2, at + 2 + digits);
      const point = /^[0-9a-fA-F]+$/.test(code) && code.length === digits ? Number.parseInt(code, 16) : -1;
      if (point < 0 || point > 0x10ffff) this.fail(`${digits} hexadecimal digits of a character`, at);
      parts.push(String.fromCodePoint(point));
      return at + 2 + digits;
    }
    if (letter >= '0' && letter <= '7') {
      const octal = /^[0-7]{1,3}/.exec(text.slice(at + 1, at + 4))?.[0] ?? letter;
      parts.push(String.fromCodePoint(Number.parseInt(octal, 8)));
      return at + 1 + octal.length;
    }
    if (letter === 'N') this.fail('a character or its number, not its Unicode name', at);
    parts.push(text.slice(at, at + 2));
    return at + 2;
  }

  /** An integer or a float with or without minus signs, and the white space after it. */
  number(): NumberLiteral {
    let isNegative = false;
    while (this.text.charCodeAt(this.at) === 0x2d) {
      isNegative = !isNegative;
      this.at++;
      this.skip();
    }
    const unsigned = this.unsigned();
    this.skip();
    if (!isNegative) return unsigned;
    if (unsigned.text === '0') return unsigned;
    return new NumberLiteral(`-${unsigned.text}`, -unsigned.value);
  }

  private unsigned(): NumberLiteral {
    const start = this.at;
    numberForm.lastIndex = start;
    const found = numberForm.exec(this.text);
    if (found === null) return this.fail('a number', start);
    const [written, float, digits] = found;
    this.at = start + written.length;
    const next = this.code;
    if (isNamePart(next) || next === 0x2e) this.fail('the end of the number');
    const plain = written.includes('_') ? written.replaceAll('_', '') : written;
    if (float !== undefined) {
      const value = Number(plain);
      if (!Number.isFinite(value)) this.fail('a number below 1.8e308', start);
      return new NumberLiteral(floatText(value), value);
    }
    if (plain.length > mostDigits) this.fail(`at most ${mostDigits} digits`, start);
    if (digits !== undefined) return new NumberLiteral(plain, Number(plain));
    const value = BigInt(plain);
    return new NumberLiteral(value.toString(), Number(value));
  }
}

/** Floats; integers without a leading zero; zeros and integers of other bases. */
const numberForm =
  /((?:\d+(?:_\d+)*)?\.\d+(?:_\d+)*(?:[eE][+-]?\d+(?:_\d+)*)?|\d+(?:_\d+)*(?:\.(?:[eE][+-]?\d+(?:_\d+)*)?|[eE][+-]?\d+(?:_\d+)*))|([1-9]\d*(?:_\d+)*)|0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|0(?:_?0)*/y;

const plainEscapes: ReadonlyMap<string, string> = new Map([
  ['\n', ''],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
]);

const escapeDigits: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);

export function isQuote(code: number): boolean {
  return code === 0x27 || code === 0x22;
}

function isNamePart(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f ||
    code >= 0x80
  );
}

function linesIn(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}
