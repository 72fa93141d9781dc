import type { PandaNodeFilter } from '@orrery/contracts';
import { type FilterTerm, readTerms, writeTerms } from '../shared/filter-terms.ts';

export const nodeFields = [
  'host',
  'site',
  'queue',
  'cpu',
  'level',
  'gpu',
  'cores',
  'memory',
  'seen',
] as const;
const plain = 'host';

export const nodeTerms = (q: string): FilterTerm[] => readTerms(q, plain);
export const nodeText = (terms: readonly FilterTerm[]): string => writeTerms(terms, plain);

const units: Record<string, number> = { MB: 1, GB: 1000, TB: 1_000_000 };

/** Memory in MB of `64GB`; a number without a unit is GB. */
export function memoryOf(text: string): number | undefined {
  const [, digits, unit = 'GB'] = /^>?(\d+(?:\.\d+)?)(MB|GB|TB)?$/i.exec(text) ?? [];
  return digits === undefined ? undefined : Math.round(Number(digits) * (units[unit.toUpperCase()] ?? 1));
}

const coresOf = (text: string): number | undefined => {
  const [, digits] = /^>?(\d{1,6})$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits);
};

const agesMs: Record<string, number> = { h: 3_600_000, d: 86_400_000 };

/** The instant so long ago: `12h`, `7d`. Full minutes, so that the address asks the same for a while. */
export function seenSince(text: string, now: number): string | undefined {
  const [, digits, unit = ''] = /^(\d{1,4})([hd])$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const at = now - Number(digits) * (agesMs[unit] ?? 0);
  return new Date(Math.floor(at / 60_000) * 60_000).toISOString();
}

/** The filter that a text query means; a word without a field is part of the name of a machine. */
export function nodeFilter(q: string, now: number): PandaNodeFilter {
  const filter: PandaNodeFilter = {};
  for (const { field, value, not } of nodeTerms(q)) {
    if (not) continue;
    if (field === 'cores') Object.assign(filter, given('cores', coresOf(value)));
    else if (field === 'memory') Object.assign(filter, given('memoryMb', memoryOf(value)));
    else if (field === 'seen') Object.assign(filter, given('since', seenSince(value, now)));
    else if (isPlain(field)) filter[field] = value;
  }
  return filter;
}

const given = (name: keyof PandaNodeFilter, value: unknown) => (value === undefined ? {} : { [name]: value });
const texts = ['host', 'site', 'queue', 'cpu', 'level', 'gpu'] as const;
const isPlain = (field: string): field is (typeof texts)[number] =>
  (texts as readonly string[]).includes(field);

/** What a text query says that means nothing, as sentences. */
export function nodeProblems(q: string): string[] {
  return nodeTerms(q).flatMap(({ field, value, not }) => {
    if (!(nodeFields as readonly string[]).includes(field))
      return [`There is no field ${field}; ${nodeFields.join(', ')} are known.`];
    if (not) return ['Worker nodes cannot be left out, only asked for.'];
    if (field === 'cores' && coresOf(value) === undefined) return [`cores:${value} is no number.`];
    if (field === 'memory' && memoryOf(value) === undefined)
      return [`memory:${value} is no size; 64GB would be one.`];
    return field === 'seen' && seenSince(value, 0) === undefined
      ? [`seen:${value} is no time; 12h or 7d would be one.`]
      : [];
  });
}
