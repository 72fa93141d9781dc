import {
  type CrdsFileFilter,
  type CrdsFilePlace,
  type CrdsFileState,
  crdsFileKinds,
  crdsFilePlaces,
  crdsFileStates,
} from '@orrery/contracts';
import { type FilterTerm, readTerms, writeTerms } from '../shared/filter-terms.ts';
import { instant } from '../shared/instant.ts';

/** Fields of the text query of the list of files; a word without a field is a name or part of one. */
export const fileFields = [
  'name',
  'kind',
  'mapping',
  'instrument',
  'type',
  'state',
  'place',
  'bad',
  'after',
  'before',
] as const;
const plain = 'name';
const mappings = ['pmap', 'imap', 'rmap'] as const;

const values: Partial<Record<string, readonly string[]>> = {
  kind: crdsFileKinds,
  mapping: mappings,
  state: crdsFileStates,
  place: crdsFilePlaces,
  bad: ['yes', 'no'],
};

export const valuesOfField = (field: string): readonly string[] => values[field] ?? [];
export const termsOf = (q: string): FilterTerm[] => readTerms(q, plain);
export const textOf = (terms: readonly FilterTerm[]): string => writeTerms(terms, plain);

/** The text without its terms of a field, with others in their place. */
export const withField = (q: string, field: string, chosen: readonly string[]): string =>
  textOf([
    ...termsOf(q).filter((term) => term.field !== field),
    ...chosen.map((value) => ({ field, value })),
  ]);

/** The filter of the API that a text query means; what it does not understand is left out, `problemsOf` names it. */
export function filterOf(q: string): CrdsFileFilter {
  const filter: CrdsFileFilter = {};
  for (const { field, value, not } of termsOf(q)) {
    const isKnown = valuesOfField(field).includes(value);
    if (not === true) continue;
    if (field === 'name') filter.text = filter.text === undefined ? value : `${filter.text}*${value}`;
    else if (field === 'instrument' || field === 'type') filter[field] = value.toLowerCase();
    else if (field === 'after' || field === 'before') {
      const at = instant(value);
      if (at !== undefined) filter[field === 'after' ? 'addedAfter' : 'addedBefore'] = at;
    } else if (!isKnown) continue;
    else if (field === 'kind') filter.kind = value as CrdsFileFilter['kind'] & string;
    else if (field === 'mapping') filter.mapping = value as (typeof mappings)[number];
    else if (field === 'bad') filter.bad = value === 'yes';
    else if (field === 'state') filter.state = [...(filter.state ?? []), value as CrdsFileState];
    else if (field === 'place') filter.place = [...(filter.place ?? []), value as CrdsFilePlace];
  }
  return filter;
}

/** Terms that mean nothing, as sentences. */
export function problemsOf(q: string): string[] {
  return termsOf(q).flatMap(({ field, value, not }) => {
    const known = valuesOfField(field);
    if (!(fileFields as readonly string[]).includes(field))
      return [`There is no field ${field}; ${fileFields.join(', ')} are known.`];
    if (not === true) return ['Nothing can be left out here: write what is wanted.'];
    if (known.length > 0 && !known.includes(value))
      return [`${value} is no ${field}; ${known.join(', ')} are.`];
    if ((field === 'after' || field === 'before') && instant(value) === undefined)
      return [`${value} is no date; 2026-11-22 is one.`];
    return [];
  });
}
