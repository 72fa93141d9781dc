import type { Answer } from '../answer.ts';
import { Failure } from '../failure.ts';
import type { Header, Parameters } from '../header.ts';
import { quoted } from '../python-text.ts';
import { type Branch, follow, type Rule } from './rule.ts';

/**
 * Picks the last entry that is not after the dataset's date (crds 13.2.7, `UseAfterSelector`). Keys are compared as
 * text just as they are written, a malformed one too.
 */
export class UseAfter implements Rule {
  readonly selector = 'UseAfter';
  readonly parameters: Parameters;
  readonly branches: readonly Branch[];
  private keys: readonly string[] | undefined;

  /** Branches in the order of their keys. */
  constructor(parameters: Parameters, branches: readonly Branch[]) {
    this.parameters = parameters;
    this.branches = branches;
  }

  choose(header: Header): Answer | Failure {
    const date = header.date(this.parameters, this.selector);
    if (date instanceof Failure) return date;
    const branch = this.branches[this.indexAt(date)];
    return branch === undefined
      ? new Failure(`No selection <= ${quoted(date)}`, true)
      : follow(branch, header);
  }

  /** Index of the last key that is not after a date, -1 when all are. */
  indexAt(date: string): number {
    // Most levels are never asked, so their keys are put side by side at the first lookup.
    this.keys ??= this.branches.map(({ key }) => String(key));
    const { keys } = this;
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((keys[middle] ?? '') <= date) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
