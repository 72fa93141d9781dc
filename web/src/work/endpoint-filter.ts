import type { PandaEndpoint } from '@orrery/contracts';
import { type FilterTerm, readTerms, writeTerms } from '../shared/filter-terms.ts';

export const endpointFields = ['name', 'site', 'type'] as const;
const plain = 'name';

export const endpointTerms = (q: string): FilterTerm[] => readTerms(q, plain);
export const endpointText = (terms: readonly FilterTerm[]): string => writeTerms(terms, plain);

/** Whether an endpoint has what all terms say. */
export function isMeant(row: PandaEndpoint, terms: readonly FilterTerm[]): boolean {
  return terms.every((term) => hasTerm(row, term) !== (term.not === true));
}

function hasTerm({ endpoint, site, type }: PandaEndpoint, { field, value }: FilterTerm): boolean {
  const low = value.toLowerCase();
  if (field === 'type') return (type ?? '').toLowerCase() === low;
  if (field === 'site') return (site ?? '').toLowerCase().includes(low);
  return endpoint.toLowerCase().includes(low);
}

/** Terms that mean nothing, as sentences. */
export function endpointProblems(q: string): string[] {
  return endpointTerms(q)
    .filter(({ field }) => !(endpointFields as readonly string[]).includes(field))
    .map(({ field }) => `There is no field ${field}; ${endpointFields.join(', ')} are known.`);
}

/** How much of its limit an endpoint holds, from 0; null without a limit. */
export function fillOf({ bytes, maxBytes }: PandaEndpoint): number | null {
  if (maxBytes === null) return null;
  return maxBytes === 0 ? 1 : bytes / maxBytes;
}

/** An endpoint that soon takes no more files. */
export function isNearlyFull(row: PandaEndpoint): boolean {
  return (fillOf(row) ?? 0) >= 0.9;
}
