import { type UwsJobFilter, type UwsPhase, uwsPhases } from '@orrery/contracts';
import { type FilterTerm, readTerms, writeTerms } from '../shared/filter-terms.ts';
import { instant } from '../shared/instant.ts';
import { isMapped } from '../shared/states.ts';

/** Fields of the text query of job lists; a word without a field is part of the run id. */
export const filterFields = ['phase', 'definition', 'owner', 'name', 'after', 'before'] as const;
const plain = 'name';

export const termsOf = (q: string): FilterTerm[] => readTerms(q, plain);
export const textOf = (terms: readonly FilterTerm[]): string => writeTerms(terms, plain);

const isPhase = (word: string): word is UwsPhase => isMapped('uwsJob', word);

export interface FilterPlace {
  /** The definition that the page is about. */
  definition?: string | undefined;
  /** The name that `owner:me` stands for, so that a shared view means everybody's own. */
  me?: string | undefined;
}

/** The filter of the API that a text query means. What it does not understand is left out; `problemsOf` names it. */
export function filterOf(q: string, { definition, me }: FilterPlace = {}): UwsJobFilter {
  const filter: UwsJobFilter = definition === undefined ? {} : { definition };
  const phases = new Set<UwsPhase>();
  const excluded = new Set<UwsPhase>();
  for (const { field, value, not } of termsOf(q)) {
    const at = instant(value);
    const phase = value.toUpperCase();
    if (field === 'phase' && isPhase(phase)) (not ? excluded : phases).add(phase);
    else if (not) continue;
    else if (field === 'definition' && definition === undefined) filter.definition = value;
    else if (field === 'owner') filter.owner = value === 'me' && me !== undefined ? me : value;
    else if (field === 'name') filter.runId = filter.runId === undefined ? value : `${filter.runId} ${value}`;
    else if (field === 'after' && at !== undefined) filter.createdAfter = at;
    else if (field === 'before' && at !== undefined) filter.createdBefore = at;
  }
  // Without a choice the list leaves archived jobs out.
  const base = phases.size > 0 ? [...phases] : uwsPhases.filter((phase) => phase !== 'ARCHIVED');
  if (phases.size > 0 || excluded.size > 0) filter.phase = base.filter((phase) => !excluded.has(phase));
  return filter;
}

/** Terms that mean nothing, as sentences. */
export function problemsOf(q: string): string[] {
  return termsOf(q).flatMap(({ field, value, not }) => {
    if (!(filterFields as readonly string[]).includes(field))
      return [`There is no field ${field}; ${filterFields.join(', ')} are known.`];
    if (not && field !== 'phase') return [`Only phases can be left out, not ${field}.`];
    if (field === 'phase' && !isPhase(value.toUpperCase())) return [`${value} is no phase.`];
    if ((field === 'after' || field === 'before') && instant(value) === undefined)
      return [`${value} is no date; 2026-11-22 is one.`];
    return [];
  });
}
