import { type Answer, notApplicable } from '../rules/answer.ts';
import { Failure } from '../rules/failure.ts';
import type { Header } from '../rules/header.ts';
import type { Instrument } from '../rules/instrument.ts';
import { lookUp } from '../rules/rmap.ts';

/** What a context says for one type of one dataset: files, that none applies, or that rules fail. */
export type Verdict = { readonly text: string; readonly kind: 'files' | 'none' | 'error' };

const none: Verdict = { text: 'N/A', kind: 'none' };

/**
 * Types that are left out count as not applicable. That no clause matches is an error like others, also where the
 * client takes it for not applicable (crds 13.2.7, bestrefs): which of both it is may change long before the dates of
 * the rules that differ, and means nothing for the dataset.
 */
export function verdictOf(instrument: Instrument | null, type: string, header: Header | null): Verdict {
  const rules = instrument?.types.get(type);
  if (rules === undefined || rules === 'omitted' || rules === 'not-applicable' || header === null)
    return none;
  const outcome = lookUp(rules, header);
  if (outcome instanceof Failure) return { text: outcome.text, kind: 'error' };
  if (outcome === null || outcome === notApplicable) return none;
  return { text: textOf(outcome), kind: 'files' };
}

function textOf(answer: Answer): string {
  return typeof answer === 'string' ? answer : JSON.stringify(answer);
}

/** How a verdict is kept: the texts of errors have values of single datasets in them. */
export function shownVerdict({ text, kind }: Verdict): string {
  return kind === 'error' ? 'NOT FOUND' : text;
}

/** Whether a dataset is affected: two failures are the same, whatever their texts say. */
export function isChange(old: Verdict, current: Verdict): boolean {
  if (old.kind !== current.kind) return true;
  return old.kind === 'files' && old.text !== current.text;
}
