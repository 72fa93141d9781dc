import { type PandaRetryRuleFilter, pandaRetryActions, pandaRetrySources } from '@orrery/contracts';
import { type FilterTerm, readTerms, writeTerms } from '../shared/filter-terms.ts';
import { errorOf } from './filter.ts';

export const ruleFields = ['action', 'error', 'state'] as const;
export const ruleStates = ['on', 'off', 'deleted'] as const;
/** A word without a field is an error: `pilot`, `1305`, `pilot:1305`. */
const plain = 'error';

export const ruleTerms = (q: string): FilterTerm[] => readTerms(quoted(q), plain);
export const ruleText = (terms: readonly FilterTerm[]): string => writeTerms(terms, plain);

/** `pilot:1305` is an error and no field of its own. */
function quoted(q: string): string {
  return q.replace(
    new RegExp(`(^|\\s)((?:${pandaRetrySources.join('|')}):)`, 'gi'),
    (_, gap: string, start: string) => `${gap}${plain}:${start}`,
  );
}

/** The filter of the API that a text query means. */
export function ruleFilter(q: string): PandaRetryRuleFilter {
  const filter: PandaRetryRuleFilter = {};
  for (const { field, value, not } of ruleTerms(q)) {
    if (not) continue;
    const action = pandaRetryActions.find((each) => each === value);
    if (field === 'action' && action !== undefined) filter.action = action;
    if (field === 'error') Object.assign(filter, errorOf(value));
    if (field === 'state' && value === 'deleted') filter.removed = true;
    if (field === 'state' && (value === 'on' || value === 'off')) filter.active = value === 'on';
  }
  return filter;
}

/** What the text says that means nothing, as sentences. */
export function ruleProblems(q: string): string[] {
  return ruleTerms(q).flatMap(({ field, value, not }) => {
    if (!(ruleFields as readonly string[]).includes(field))
      return [`There is no field ${field}; ${ruleFields.join(', ')} are known.`];
    if (not) return [`${field} cannot be left out.`];
    if (field === 'action' && !(pandaRetryActions as readonly string[]).includes(value))
      return [`There is no action ${value}.`];
    if (field === 'state' && !(ruleStates as readonly string[]).includes(value))
      return [`A rule is on, off or deleted, not ${value}.`];
    return field === 'error' && errorOf(value) === undefined ? [`${value} is no error.`] : [];
  });
}
