import { AppError } from '../core/errors.ts';

const pattern =
  /^(\d{4})(?:-?(\d{2})(?:-?(\d{2}))?)?(?:[T ](\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d{1,12}))?)?)?\s*(Z|z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/** The years 1 to 9999: neither PostgreSQL nor ISO 8601 without a sign writes others. */
const firstMs = Date.parse('0001-01-01T00:00:00Z');
const lastMs = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * Reads an instant as UWS clients write it: ISO 8601 with or without dashes, fraction and zone, `T` or a blank,
 * also a date, a month or a year alone. Without a zone it is UTC. Null = not an instant.
 */
export function parseInstant(text: string): Date | null {
  const match = pattern.exec(text.trim());
  if (match === null) return null;
  const [
    ,
    year,
    month = '01',
    day = '01',
    hour = '00',
    minute = '00',
    second = '00',
    fraction = '',
    zone = 'Z',
  ] = match;
  const milliseconds = `${fraction}000`.slice(0, 3);
  // A leap second is the first moment of the next minute.
  const seconds = second === '60' ? '59' : second;
  const local = `${year}-${month}-${day}T${hour}:${minute}:${seconds}.${milliseconds}Z`;
  const time = Date.parse(local);
  if (Number.isNaN(time)) return null;
  const date = new Date(time);
  // Date.parse turns 30 February into 2 March.
  if (hour !== '24' && date.getUTCDate() !== Number(day)) return null;
  const shifted = date.getTime() - offsetMs(zone) + (second === '60' ? 1000 : 0);
  return shifted >= firstMs && shifted <= lastMs ? new Date(shifted) : null;
}

function offsetMs(zone: string): number {
  if (zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', '') || '0');
  if (hours > 14 || minutes > 59) return Number.NaN;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** As `parseInstant`; refuses anything else with the name of the control parameter. */
export function readInstant(name: string, text: string): Date {
  const instant = parseInstant(text);
  if (instant === null) {
    throw new AppError(
      'invalid',
      'uws.instant-unreadable',
      `${name}=${text.slice(0, 60)} is not a date and time.`,
      {
        next: 'Write it like 2031-01-01T10:00:00Z.',
      },
    );
  }
  return instant;
}
