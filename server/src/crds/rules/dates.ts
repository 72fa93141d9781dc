import { quoted, readFloat, readInt, shown, strip, words } from './python-text.ts';

/** A date that cannot be read; `isUndefined` when a header did not have one at all. The text is the client's. */
export class DateError extends Error {
  readonly isUndefined: boolean;
  constructor(message: string, isUndefined = false) {
    super(message);
    this.isUndefined = isUndefined;
  }
}

/** Characters of a date; blanks are the only part that could need more. */
const longest = 500;

/**
 * A date and time in any of the forms of headers and mapping files as `YYYY-MM-DD HH:MM:SS[.ffffff]`, which sorts as
 * text (crds 13.2.7, `reformat_date`). Fractions are cut to microseconds. Throws DateError.
 */
export function reformatDate(text: string): string {
  if (isNormal(text)) return text;
  if (text.includes('UNDEFINED')) {
    throw new DateError('One or more required date/time values is UNDEFINED', true);
  }
  if (text.length > longest) throw new DateError(`Unknown numerical date format: ${shown(text)}`);
  let date = text.endsWith(' UT') ? text.slice(0, -3) : text;
  if (/^\d{4}[-/]\d\d[-/]\d\dT\d\d(?::\d\d){1,2}(?:\.\d{1,6})?$/.test(date)) date = date.replace('T', ' ');
  return /[A-Za-z]{3}/.test(date) ? fromMonthName(date) : fromNumbers(date);
}

/** Year to second (of the calendar, any year of four digits) already in the form wanted; the common case. */
function isNormal(text: string): boolean {
  if (text.length !== 19) return false;
  for (let at = 0; at < 19; at++) {
    const code = text.charCodeAt(at);
    const wanted = separators[at];
    if (wanted === 0 ? code < 0x30 || code > 0x39 : code !== wanted) return false;
  }
  const two = (at: number): number => text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 528;
  const day = two(8);
  const month = two(5);
  // Days after the 28th and the year 0 are left to the calendar.
  return month >= 1 && month <= 12 && day >= 1 && day <= 28 && two(11) < 24 && two(14) < 60 && two(17) < 60
    ? text.charCodeAt(0) !== 0x30
    : false;
}
const separators = [...'0000-00-00 00:00:00'].map((char) => (char === '0' ? 0 : char.charCodeAt(0)));

type Time = readonly [hour: number, minute: number, second: number, microsecond: number];

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

function fromMonthName(text: string): string {
  const parts = words(withHalfAttached(text).replaceAll('-', ' ').replaceAll('/', ' '));
  if (parts.length !== 3 && parts.length !== 4) throw unpackError(parts.length, 3);
  const [first = '', written = '', year = '', time = '00:00AM'] = parts;
  const second = written.endsWith(',') ? written.slice(0, -1) : written;
  const direct = [monthOf(first), readInt(second), readInt(year)] as const;
  if (direct[0] !== undefined && direct[1] !== undefined && direct[2] !== undefined) {
    return format(direct[2], direct[0], direct[1], readTime(time));
  }
  const month = monthOf(second);
  if (month === undefined) {
    throw new DateError(`Invalid month value ${quoted(second)} in base date ${quoted(text)}`);
  }
  const day = int(first);
  return format(int(year), month, day, readTime(time));
}

/** `5:49 PM` as `5:49PM`, so that the time is one word; lower case as a side effect, which month names bear. */
function withHalfAttached(text: string): string {
  const lower = text.toLowerCase();
  if (!lower.endsWith(' am') && !lower.endsWith(' pm')) return text;
  let end = lower.length - 2;
  while (end > 0 && lower.charCodeAt(end - 1) === 0x20) end--;
  return lower.slice(0, end) + lower.slice(-2);
}

function monthOf(name: string): number | undefined {
  const index = months.indexOf(name.slice(0, 3).toLowerCase());
  return index < 0 ? undefined : index + 1;
}

/** `HH:MM[:SS[.f]]` with AM or PM; a fourth field is ignored. */
function readTime(text: string): Time {
  let time = strip(text);
  const half = time.slice(-2).toUpperCase();
  if (half === 'AM' || half === 'PM') time = time.slice(0, -2);
  const parts = time.split(':', 6);
  if (parts.length < 2 || parts.length > 4) throw unpackError(parts.length, 4);
  const [hourText = '', minuteText = '', secondText = '00'] = parts;
  let hour = int(hourText);
  const minute = int(minuteText);
  const seconds = readFloat(secondText);
  if (seconds === undefined) throw new DateError(`could not convert string to float: ${quoted(secondText)}`);
  if (Number.isNaN(seconds)) throw new DateError('cannot convert float NaN to integer');
  if (!Number.isFinite(seconds)) throw new DateError('cannot convert float infinity to integer');
  const second = Math.trunc(seconds);
  if (half === 'PM' && hour < 12) hour += 12;
  if (half === 'AM' && hour === 12) hour -= 12;
  return [hour, minute, second, Math.trunc((seconds - second) * 1e6)];
}

function fromNumbers(text: string): string {
  const slashed = text.replaceAll('-', '/');
  const parts = words(slashed);
  const [date, ...rest] = parts;
  if (date === undefined) throw new DateError('list index out of range');
  const time = readTime(rest.length === 0 ? '00:00:00' : rest.join(' '));
  const at = (from: number, to: number): number => Number(date.slice(from, to));
  if (/^\d\d\/\d\d\/\d{4}$/.test(date)) return format(at(6, 10), at(0, 2), at(3, 5), time);
  if (/^\d{4}\/\d\d\/\d\d$/.test(date)) return format(at(0, 4), at(5, 7), at(8, 10), time);
  if (/^\d\d\/\d\d\/9\d$/.test(date)) return format(1900 + at(6, 8), at(3, 5), at(0, 2), time);
  if (/^\d\d\/\d\d\/[0-3]\d$/.test(date)) return format(2000 + at(6, 8), at(3, 5), at(0, 2), time);
  if (/^\d{8}:\d{6}$/.test(date)) {
    return format(at(0, 4), at(4, 6), at(6, 8), [at(9, 11), at(11, 13), at(13, 15), 0]);
  }
  throw new DateError(`Unknown numerical date format: ${quoted(slashed)}`);
}

function format(year: number, month: number, day: number, time: Time): string {
  const [hour, minute, second, microsecond] = time;
  if (year < 1 || year > 9999) throw new DateError(`year ${year} is out of range`);
  if (month < 1 || month > 12) throw new DateError('month must be in 1..12');
  if (day < 1 || day > daysIn(year, month)) throw new DateError('day is out of range for month');
  if (hour < 0 || hour > 23) throw new DateError('hour must be in 0..23');
  if (minute < 0 || minute > 59) throw new DateError('minute must be in 0..59');
  if (second < 0 || second > 59) throw new DateError('second must be in 0..59');
  if (microsecond < 0) throw new DateError('microsecond must be in 0..999999');
  const two = (value: number): string => (value < 10 ? `0${value}` : String(value));
  const fraction = microsecond === 0 ? '' : `.${String(microsecond).padStart(6, '0')}`;
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}${fraction}`;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function int(text: string): number {
  const value = readInt(text);
  if (value === undefined) throw new DateError(`invalid literal for int() with base 10: ${quoted(text)}`);
  return value;
}

function unpackError(got: number, expected: number): DateError {
  return new DateError(
    got > expected
      ? `too many values to unpack (expected ${expected})`
      : `not enough values to unpack (expected ${expected}, got ${got})`,
  );
}
