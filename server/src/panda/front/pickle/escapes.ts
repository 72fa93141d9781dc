import { PickleError } from './values.ts';

const backslash = 0x5c;

/** UTF-16 units that are written one by one: millions of them take no longer than their text. */
class Units {
  readonly #units: Uint16Array;
  #length = 0;

  constructor(longest: number) {
    this.#units = new Uint16Array(longest);
  }

  add(unit: number): void {
    this.#units[this.#length++] = unit;
  }

  text(): string {
    return Buffer.from(this.#units.buffer, 0, this.#length * 2).toString('utf16le');
  }
}

/** Text as Python 3 writes it in lines: Latin-1 with `\uXXXX` for the rest. Two backslashes are two backslashes. */
export function rawUnicode(line: string): string {
  const units = new Units(line.length);
  for (let at = 0; at < line.length; at++) {
    const code = line.charCodeAt(at);
    const next = code === backslash ? line[at + 1] : undefined;
    const digits = next === 'u' ? 4 : next === 'U' ? 8 : 0;
    const point = digits === 0 ? -1 : hexadecimal(line, at + 2, digits);
    if (point < 0) {
      units.add(code);
      if (next === '\\') units.add(line.charCodeAt(++at));
      continue;
    }
    if (point > 0x10ffff) throw new PickleError('A text of the pickle has a character that there is not.');
    if (point > 0xffff) units.add(0xd800 + ((point - 0x10000) >> 10));
    units.add(point > 0xffff ? 0xdc00 + ((point - 0x10000) & 0x3ff) : point);
    at += 1 + digits;
  }
  return units.text();
}

const letters = new Map(
  Object.entries({ n: 10, r: 13, t: 9, a: 7, b: 8, f: 12, v: 11, '\\': backslash, "'": 0x27, '"': 0x22 }),
);

/** Text as Python 2 writes it between quotes. Its bytes are taken for Latin-1. */
export function quoted(inner: string): string {
  const units = new Units(inner.length);
  for (let at = 0; at < inner.length; at++) {
    const code = inner.charCodeAt(at);
    const next = code === backslash ? inner[at + 1] : undefined;
    const byte = next === 'x' ? hexadecimal(inner, at + 2, 2) : -1;
    const octal = next === undefined ? '' : (/^[0-7]{1,3}/.exec(inner.slice(at + 1, at + 4))?.[0] ?? '');
    const letter = next === undefined ? undefined : letters.get(next);
    if (byte >= 0) at += 3;
    else if (octal !== '') at += octal.length;
    else if (letter !== undefined) at += 1;
    units.add(byte >= 0 ? byte : octal !== '' ? Number.parseInt(octal, 8) & 0xff : (letter ?? code));
  }
  return units.text();
}

/** The number that so many hexadecimal digits make; -1 where there are not so many. */
function hexadecimal(text: string, start: number, digits: number): number {
  let value = 0;
  for (let at = start; at < start + digits; at++) {
    const code = text.charCodeAt(at);
    const letter = code | 0x20;
    if (code >= 0x30 && code <= 0x39) value = value * 16 + code - 0x30;
    else if (letter >= 0x61 && letter <= 0x66) value = value * 16 + letter - 0x57;
    else return -1;
  }
  return value;
}
