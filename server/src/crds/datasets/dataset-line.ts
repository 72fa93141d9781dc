import { type DatasetId, parseDatasetId } from './dataset-id.ts';
import { exposureDate, instantOf } from './exposure-date.ts';
import { isKeepable } from './header-text.ts';

/** A dataset as an archive registers it. */
export interface NewDataset extends DatasetId {
  /** Lower case. */
  readonly instrument: string;
  readonly exposedAt: Date;
  /** By name in upper case. */
  readonly header: ReadonlyMap<string, string>;
}

/** Limits of one line; what is above them is refused. */
export const longestLine = 256 * 1024;
const mostParameters = 400;
const longestValue = 2000;
const namePattern = /^[A-Za-z0-9_.\- ]{1,80}$/;
const instrumentPattern = /^[a-z][a-z0-9]{1,16}$/;

/** Why a line is refused, as a sentence. */
export class LineRefused extends Error {}

/**
 * Reads one line `{id, instrument, header, date}`. Throws LineRefused.
 * @param translate gives the name that rules have for a parameter, where headers may have another.
 */
export function readDatasetLine(
  line: string,
  translate: (name: string) => string = (name) => name,
): NewDataset {
  if (line.length > longestLine) throw new LineRefused(`The line is longer than ${longestLine} characters.`);
  const { id, instrument, header, date } = readObject(line);
  const halves = typeof id === 'string' ? parseDatasetId(id) : null;
  if (halves === null) {
    throw new LineRefused('"id" is <product>:<exposure>, each of letters, digits and . _ + -');
  }
  const name = typeof instrument === 'string' ? instrument.toLowerCase() : '';
  if (!instrumentPattern.test(name)) throw new LineRefused('"instrument" is the name of an instrument.');
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw new LineRefused('"header" is an object of parameters and their values.');
  }
  const values = readValues(header, translate);
  return { ...halves, instrument: name, header: values, exposedAt: readDate(values, date) };
}

function readObject(line: string): Partial<Record<'id' | 'instrument' | 'header' | 'date', unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new LineRefused('The line is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new LineRefused('The line is not an object {id, instrument, header, date}.');
  }
  return value;
}

function readDate(header: ReadonlyMap<string, string>, date: unknown): Date {
  if (date !== undefined && date !== null && (typeof date !== 'string' || instantOf(date) === null)) {
    throw new LineRefused('"date" cannot be read: 2031-01-01T10:00:00 is one form.');
  }
  const exposedAt = exposureDate(header, date ?? undefined);
  if (exposedAt === null)
    throw new LineRefused('Neither "date" nor the header says when the exposure began.');
  return exposedAt;
}

/** Names in upper case; of names that differ in case alone the lower one counts, as in lookups (crds 13.2.7). */
function readValues(header: object, translate: (name: string) => string): Map<string, string> {
  const values = new Map<string, string>();
  let count = 0;
  for (const [name, value] of Object.entries(header)) {
    if (++count > mostParameters)
      throw new LineRefused(`"header" has more than ${mostParameters} parameters.`);
    if (!namePattern.test(name)) throw new LineRefused(`"${name.slice(0, 80)}" is no name of a parameter.`);
    const upper = translate(name).toUpperCase();
    if (values.has(upper) && name !== name.toLowerCase()) continue;
    values.set(upper, readValue(name, value));
  }
  return values;
}

function readValue(name: string, value: unknown): string {
  if (value === null) return 'NONE';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') throw new LineRefused(`The value of ${name} is neither text nor number.`);
  if (value.length > longestValue) {
    throw new LineRefused(`The value of ${name} is longer than ${longestValue} characters.`);
  }
  const text = value.trim();
  if (!isKeepable(text)) throw new LineRefused(`The value of ${name} has a control character.`);
  return text;
}
