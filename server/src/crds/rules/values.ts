import { floatText, strip, textOfJson } from './python-text.ts';

/**
 * Values of headers and of match keys are brought to one form before they are compared (crds 13.2.7,
 * `condition_value`): upper case, numbers as Python writes floats, one spelling each of "does not matter", "any",
 * true and false.
 */

/** The form in which a header value or an element of a match key is compared. Takes any JSON value. */
export function conditionValue(value: unknown): string {
  return typeof value === 'string' ? conditionText(value) : conditionFresh(textOfJson(value));
}

/** Longest text that is remembered, and how many of them; a header of a stranger cannot fill the memory. */
const longestRemembered = 48;
const mostRemembered = 20_000;
let recent = new Map<string, string>();
let older = new Map<string, string>();

function conditionText(text: string): string {
  if (text.length > longestRemembered) return conditionFresh(text);
  const known = recent.get(text);
  if (known !== undefined) return known;
  const result = older.get(text) ?? conditionFresh(text);
  if (recent.size >= mostRemembered) {
    older = recent;
    recent = new Map();
  }
  recent.set(text, result);
  return result;
}

function conditionFresh(text: string): string {
  const upper = strip(text).toUpperCase();
  const value = isNumber(upper) ? floatText(Number(upper)) : upper;
  if (doesNotMatter(value)) return 'N/A';
  switch (value) {
    case 'ANY':
      return '*';
    case '4294967295.0':
      return '-1.0';
    case 'TRUE':
      return 'T';
    case 'FALSE':
      return 'F';
    default:
      return value;
  }
}

/**
 * Decimal numbers: `1`, `-.5`, `2.`, `1E3`; not `1_000`, `NAN`, `0X10`, `2.E3`. One pass, as a value may be long.
 */
function isNumber(text: string): boolean {
  let at = 0;
  const first = text.charCodeAt(0);
  if (first === 0x2b || first === 0x2d) at++;
  const whole = pastDigits(text, at);
  let end = whole;
  if (text.charCodeAt(whole) === 0x2e) {
    end = pastDigits(text, whole + 1);
    if (end === whole + 1) return whole > at && end === text.length;
  } else if (whole === at) return false;
  if (end === text.length) return true;
  if (text.charCodeAt(end) !== 0x45) return false;
  let exponent = end + 1;
  const sign = text.charCodeAt(exponent);
  if (sign === 0x2b || sign === 0x2d) exponent++;
  return exponent < text.length && pastDigits(text, exponent) === text.length;
}

function pastDigits(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x30 || code > 0x39) break;
  }
  return at;
}

/** All but the last of the spellings count when the value only begins with them: `N/AX` is `N/A` as well. */
function doesNotMatter(value: string): boolean {
  switch (value.charCodeAt(0)) {
    case 0x4e:
      return value.startsWith('N/A') || value.startsWith('NOT APPLICABLE') || value === 'NOT_APPLICABLE';
    case 0x28:
      return value.startsWith('()');
    case 0x2d:
      return value.startsWith('-2147483648') && value.charAt(12) === '0' && value.charAt(11) !== '\n';
    default:
      return false;
  }
}

/** Whether a key element is anything but a plain value or an or-set of them; nobody checks values against it. */
export function isEsoteric(value: string): boolean {
  if (/^[{(#]/.test(value) && /[})#]$/.test(value)) return true;
  const start = value.slice(0, 7).toUpperCase();
  return start === 'BETWEEN' || start.startsWith('NOT');
}

/** Members of an or-set `A|B | C`, stripped, without empty ones, in order; anything else is its only member. */
export function alternativesOf(value: string): string[] {
  if (!value.includes('|') || isEsoteric(value)) return [value];
  return value
    .split('|')
    .map(strip)
    .filter((member) => member !== '')
    .sort(compareText);
}

/** Order of texts by code points, as Python sorts them. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  if (!surrogate.test(a) && !surrogate.test(b)) return a < b ? -1 : 1;
  return compareCodePoints(a, b);
}

const surrogate = /[\ud800-\udfff]/;

/** Surrogates stand for code points above all others, though their numbers are not the highest. */
function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left === right) continue;
    const isHigh = (left & 0xf800) === 0xd800;
    if (isHigh !== ((right & 0xf800) === 0xd800)) return isHigh ? 1 : -1;
    return left - right;
  }
  return a.length - b.length;
}
