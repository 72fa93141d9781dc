import { LiteralError, readPythonLiteral } from '../../core/read-python-literal.ts';
import { maxDepth, whyNotRead } from './depth.ts';

/**
 * Reading what stands inside the JSON of a message. Clients send numbers as text, absent things as null, and now and
 * then nonsense; what cannot be read is null, so that one bad value does not lose the rest of a message.
 */

/** Text without what PostgreSQL cannot store, cut to `limit` characters; null when there is none. */
export function readText(value: unknown, limit: number): string | null {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string' || value === '') return null;
  return value.replaceAll('\0', '').slice(0, limit).toWellFormed();
}

const largest32 = 2 ** 31 - 1;

/** A whole number of 32 bits, or of the range given; parts behind the point are dropped. */
export function readInteger(value: unknown, atLeast = -largest32, atMost = largest32): number | null {
  const isText = typeof value === 'string' && /^\s*[+-]?\d{1,20}(\.\d*)?\s*$/.test(value);
  const number = isText ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) return null;
  const whole = Math.trunc(number);
  return whole >= atLeast && whole <= atMost ? whole : null;
}

/** An id of our own kind: a positive whole number that JSON carries without loss. */
export function readId(value: unknown): number | null {
  return readInteger(value, 1, Number.MAX_SAFE_INTEGER);
}

/** Any finite number of single precision. */
export function readNumber(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number) || Math.abs(number) > 1e30) return null;
  return number;
}

const months = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');

/**
 * An instant in UTC: `datetime/2026-11-22 00:38:36.934430` as Harvester sends it, the same without the prefix or with
 * a `T`, or `02-NOV-24 00:02:18`. Null for anything else and for years that are no years of this system.
 */
export function readInstant(value: unknown): Date | null {
  if (typeof value !== 'string') return null;
  const text = value.trim().replace(/^datetime\//, '');
  const short = /^(\d\d)-([A-Z]{3})-(\d\d) (\d\d:\d\d:\d\d)$/i.exec(text);
  const [, day, month = '', year, time] = short ?? [];
  const plain =
    short === null
      ? text
      : `20${year}-${String(months.indexOf(month.toUpperCase()) + 1).padStart(2, '0')}-${day} ${time}`;
  const parts = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,9})?)(?:Z|\+00:00)?$/.exec(plain);
  if (parts === null) return null;
  const instant = new Date(`${parts[1]}T${parts[2]}Z`);
  const inRange = instant.getUTCFullYear() >= 1970 && instant.getUTCFullYear() <= 2200;
  return Number.isNaN(instant.getTime()) || !inRange ? null : instant;
}

/** The entries of an object of JSON; an empty list for anything else. */
export function entriesOf(value: unknown): Array<[string, unknown]> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

/** What JSON text holds, or undefined when it is none, or none that any message needs. */
export function parseJson(text: string | undefined): unknown {
  if (text === undefined || whyNotRead(text) !== null) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** No literal of a client has more characters. */
const longestLiteral = 128 * 1024;

/** What a literal of Python or JSON text holds; undefined for anything else. Python's clients send either. */
export function parseLiteral(text: string | undefined): unknown {
  const value = parseJson(text);
  if (value !== undefined || text === undefined || text.length > longestLiteral) return value;
  if (whyNotRead(text) !== null) return undefined;
  try {
    return readPythonLiteral(text, maxDepth);
  } catch (error) {
    if (error instanceof LiteralError) return undefined;
    throw error;
  }
}
