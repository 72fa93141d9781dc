import { Dict, type Literal, NumberLiteral, Tuple } from './literal.ts';

/**
 * How Python writes and reads values. Rules were written by a Python program and its answers quote Python's texts, so
 * a value must come out as `repr` and `str` write it (CPython 3.11) and no other way.
 */

/** `repr` of a float: shortest digits, an exponent from 1e16 and below 1e-4 on, with two digits at least. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  if (value === Number.NEGATIVE_INFINITY) return '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e16) return Number.isInteger(value) ? `${value}.0` : String(value);
  const text = value.toExponential();
  const sign = text.lastIndexOf('e') + 1;
  const exponent = text.slice(sign + 1);
  return exponent.length >= 2 ? text : `${text.slice(0, sign + 1)}0${exponent}`;
}

/** `repr` of a string: single quotes unless it contains them and no double ones. */
export function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  if (isPlain(text, quote)) return quote + text + quote;
  let out = quote;
  for (const char of text) out += escaped(char, quote);
  return out + quote;
}

/** Longest value of a stranger that is quoted in full. */
const longestShown = 1000;

/** `repr` of a value from a header; of an endless one its beginning, so that messages stay readable. */
export function shown(text: string): string {
  return quoted(text.length > longestShown ? `${text.slice(0, longestShown)}\u2026` : text);
}

/** `repr` of a literal. */
export function reprOf(value: Literal): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value === null) return 'None';
  if (value instanceof NumberLiteral) return value.text;
  if (value instanceof Tuple) {
    const [only] = value.items;
    if (value.items.length === 1 && only !== undefined) return `(${reprOf(only)},)`;
    return `(${value.items.map(reprOf).join(', ')})`;
  }
  if (value instanceof Dict) {
    return `{${value.entries.map(([key, item]) => `${reprOf(key)}: ${reprOf(item)}`).join(', ')}}`;
  }
  return `[${value.map(reprOf).join(', ')}]`;
}

/** `str` of a literal: `repr`, but of a string the string itself. */
export function textOf(value: Literal): string {
  return typeof value === 'string' ? value : reprOf(value);
}

/** `str` of a value that came as JSON; lists and objects as Python writes them. */
export function textOfJson(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') {
    return Number.isInteger(value) && !Object.is(value, -0) ? String(value) : floatText(value);
  }
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value === null || value === undefined) return 'None';
  const inner = (item: unknown): string => (typeof item === 'string' ? quoted(item) : textOfJson(item));
  if (Array.isArray(value)) return `[${value.map(inner).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([key, item]) => `${quoted(key)}: ${inner(item)}`)
    .join(', ')}}`;
}

/** `str.strip()`: without Python's white space at both ends, which is not quite JavaScript's. */
export function strip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return end - start === text.length ? text : text.slice(start, end);
}

/** `str.split()`: the words between white space. */
export function words(text: string): string[] {
  const found: string[] = [];
  let start = -1;
  for (let at = 0; at <= text.length; at++) {
    const isGap = at === text.length || isSpace(text.charCodeAt(at));
    if (isGap && start >= 0) {
      found.push(text.slice(start, at));
      start = -1;
    } else if (!isGap && start < 0) start = at;
  }
  return found;
}

/** `int(text)`; undefined where Python raises ValueError. */
export function readInt(text: string): number | undefined {
  const trimmed = strip(text);
  // CPython refuses longer ones too.
  if (trimmed.length > 4300 || !/^[+-]?\d+(?:_\d+)*$/.test(trimmed)) return undefined;
  return Number(trimmed.replaceAll('_', ''));
}

/** `float(text)`; undefined where Python raises ValueError. */
export function readFloat(text: string): number | undefined {
  const trimmed = strip(text).toLowerCase();
  if (/^[+-]?(?:inf|infinity|nan)$/.test(trimmed)) {
    if (trimmed.endsWith('nan')) return Number.NaN;
    return trimmed.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  const form = /^[+-]?(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+(?:_\d+)*)?$/;
  return form.test(trimmed) ? Number(trimmed.replaceAll('_', '')) : undefined;
}

/** Python's white space (`str.isspace`). */
function isSpace(code: number): boolean {
  if (code <= 0x20) return code === 0x20 || (code >= 0x09 && code <= 0x0d) || (code >= 0x1c && code <= 0x1f);
  if (code < 0x1680) return code === 0x85 || code === 0xa0;
  return (
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  );
}

function isPlain(text: string, quote: string): boolean {
  const mark = quote.charCodeAt(0);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code > 0x7e || code === 0x5c || code === mark) return false;
  }
  return true;
}

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

/** Python shows what it calls printable and escapes the rest by code point. */
function escaped(char: string, quote: string): string {
  if (char === quote) return `\\${char}`;
  const known = short[char];
  if (known !== undefined) return known;
  const code = char.codePointAt(0) ?? 0;
  if (code >= 0x20 && code < 0x7f) return char;
  if (code > 0x7e && !/[\p{C}\p{Z}]/u.test(char)) return char;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\U${code.toString(16).padStart(8, '0')}`;
}
