import { type PandaQueueRow, pandaQueueStates } from '@orrery/contracts';
import { type FilterTerm, readTerms, writeTerms } from '../shared/filter-terms.ts';

export const queueFields = ['status', 'site', 'vo', 'name'] as const;
const plain = 'name';

export const queueTerms = (q: string): FilterTerm[] => readTerms(q, plain);
export const queueText = (terms: readonly FilterTerm[]): string => writeTerms(terms, plain);

/** Whether a queue has what a term says; several states are alternatives, everything else must hold together. */
export function matches(row: PandaQueueRow, terms: readonly FilterTerm[]): boolean {
  const wanted = terms.filter(({ field, not }) => field === 'status' && not === undefined);
  if (wanted.length > 0 && !wanted.some(({ value }) => value === row.status)) return false;
  return terms.every(
    (term) => (term.field === 'status' && !term.not) || hasTerm(row, term) !== (term.not === true),
  );
}

function hasTerm(row: PandaQueueRow, { field, value }: FilterTerm): boolean {
  const low = value.toLowerCase();
  if (field === 'status') return row.status === low;
  if (field === 'vo') return (row.vo ?? '').toLowerCase() === low;
  if (field === 'site') return row.site.toLowerCase().includes(low);
  return row.queue.toLowerCase().includes(low) || row.site.toLowerCase().includes(low);
}

/** Terms that mean nothing, as sentences. */
export function queueProblems(q: string): string[] {
  return queueTerms(q).flatMap(({ field, value }) => {
    if (!(queueFields as readonly string[]).includes(field))
      return [`There is no field ${field}; ${queueFields.join(', ')} are known.`];
    return field === 'status' && !(pandaQueueStates as readonly string[]).includes(value)
      ? [`${value} is no state of a queue.`]
      : [];
  });
}
