import { reformatDate } from '../rules/index.ts';

/** Where headers say when an exposure began: one parameter, or date and time (crds 13.2.7). */
const places: ReadonlyArray<readonly [date: string, time?: string]> = [
  ['DATE-OBS', 'TIME-OBS'],
  ['META.OBSERVATION.DATE', 'META.OBSERVATION.TIME'],
  ['ROMAN.META.EXPOSURE.START_TIME'],
];

/** No exposure is earlier: dates of rules and headers have years from 1 on. */
export const earliest = new Date('0001-01-01T00:00:00Z');

/**
 * When an exposure began, to the millisecond. The header goes before `given`, since rules look at the header; what
 * stands there and cannot be read is as good as nothing. Null when neither says it.
 */
export function exposureDate(header: ReadonlyMap<string, string>, given: string | undefined): Date | null {
  for (const [date, time] of places) {
    const value = header.get(date);
    if (value === undefined) continue;
    const clock = time === undefined ? undefined : header.get(time);
    const found = instantOf(clock === undefined ? value : `${value} ${clock}`);
    if (found !== null) return found;
  }
  return given === undefined ? null : instantOf(given);
}

/** A date in any of the forms of headers, with or without a Z at its end; null when it cannot be read. */
export function instantOf(text: string): Date | null {
  try {
    const instant = new Date(`${reformatDate(text.trim().replace(/Z$/, '')).replace(' ', 'T')}Z`);
    return Number.isNaN(instant.getTime()) ? null : instant;
  } catch {
    return null;
  }
}
