import { Value } from 'typebox/value';
import { isDeeperThan, maxDepth } from '../front/depth.ts';
import { documentUnreadable, queueRefused } from './errors.ts';
import { type QueueDocument, queueDocument } from './queue-document.ts';

/** Larger descriptions are mistakes; the largest known one has 30 kB. */
const maxLength = 262_144;

/**
 * Checks a description of a queue and says of every known key what is wrong with it. Null counts as absent, as in
 * the exports of CRIC; unknown keys stay. Throws `panda.document-unreadable`, `panda.queue-refused`.
 */
export function readQueue(value: unknown): QueueDocument {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw documentUnreadable('The description of a queue is one JSON object.');
  }
  const faults = faultsOf(value as Record<string, unknown>);
  if (faults.length > 0) throw queueRefused(faults);
  return withoutNulls(value as Record<string, unknown>) as QueueDocument;
}

/** Every fault as `key: reason`, one for each key; none when the description is good. */
export function faultsOf(value: Readonly<Record<string, unknown>>): string[] {
  if (isDeeperThan(value, maxDepth)) return [`the description: nested deeper than ${maxDepth} levels`];
  if (JSON.stringify(value).length > maxLength) return [`the description: larger than ${maxLength} bytes`];
  const faults = unstorable(value);
  for (const [key, schema] of Object.entries(queueDocument.properties)) {
    const one = dropNulls(value[key]);
    if (one === null || one === undefined) {
      if (queueDocument.required.some((needed) => needed === key)) faults.push(`${key}: it is missing`);
    } else if (!Value.Check(schema, one)) {
      const [first] = Value.Errors(schema, one);
      const place = `${key}${first?.instancePath ?? ''}`.replaceAll('/', '.');
      faults.push(`${place}: ${first?.message ?? 'it is of the wrong kind'}`);
    }
  }
  return faults;
}

/** PostgreSQL keeps no NUL and no half of a surrogate pair. */
function unstorable(value: Readonly<Record<string, unknown>>): string[] {
  const isStorable = (text: string) => !text.includes('\0') && text.isWellFormed();
  return Object.entries(value).flatMap(([key, one]) => {
    let isGood = isStorable(key);
    JSON.stringify(one, (name, inner) => {
      isGood &&= isStorable(name) && (typeof inner !== 'string' || isStorable(inner));
      return inner as unknown;
    });
    return isGood ? [] : [`${key.toWellFormed().replaceAll('\0', '')}: it holds signs that cannot be stored`];
  });
}

/** What was not entered inside of a structure is as good as absent there too. */
function dropNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== null));
}

/** Top-level nulls of known keys go; `null` says that nothing was entered. */
function withoutNulls(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).filter(
      ([key, one]) => one !== null || !Object.hasOwn(queueDocument.properties, key),
    ),
  );
}
