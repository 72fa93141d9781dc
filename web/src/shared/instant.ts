import { stamp } from './format.ts';

/** A day, or an instant, as the API wants it; both are in UTC unless they say otherwise. Undefined when it is neither. */
export function instant(text: string): string | undefined {
  const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/i.test(text);
  const ms = Date.parse(text.includes('T') ? (hasZone ? text : `${text}Z`) : `${text}T00:00:00Z`);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

/** The instant of a field that holds a day and a clock in UTC; undefined when it holds none. */
export function instantOf(until: string): string | undefined {
  const ms = Date.parse(`${until}Z`);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

/** What such a field shows of an instant. */
export const fieldOf = (at: string): string => stamp(at).replace(' ', 'T');
