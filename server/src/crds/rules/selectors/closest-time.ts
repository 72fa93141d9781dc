import type { Answer } from '../answer.ts';
import { DateError, reformatDate } from '../dates.ts';
import { Failure } from '../failure.ts';
import type { Header, Parameters } from '../header.ts';
import { emptySequence, nearest } from './nearest.ts';
import { type Branch, follow, type Rule } from './rule.ts';

/** Picks the entry nearest in time, of two equally near ones the earlier (crds 13.2.7, `ClosestTimeSelector`). */
export class ClosestTime implements Rule {
  readonly selector = 'ClosestTime';
  readonly parameters: Parameters;
  readonly branches: readonly Branch[];
  private seconds: readonly number[] | Failure | undefined;

  /** Branches in the order of their keys. */
  constructor(parameters: Parameters, branches: readonly Branch[]) {
    this.parameters = parameters;
    this.branches = branches;
  }

  choose(header: Header): Answer | Failure {
    const date = header.date(this.parameters, this.selector);
    if (date instanceof Failure) return date;
    const index = this.indexAt(date);
    if (index instanceof Failure) return index;
    const branch = this.branches[index];
    return branch === undefined ? new Failure(emptySequence) : follow(branch, header);
  }

  /** Index of the key nearest to a date; keys are read at the first lookup, and a bad one fails every lookup. */
  indexAt(date: string): number | Failure {
    this.seconds ??= this.readKeys();
    if (this.seconds instanceof Failure) return this.seconds;
    const at = secondsOf(date);
    return nearest(this.seconds.map((key) => Math.fround(Math.abs(at - key))));
  }

  private readKeys(): number[] | Failure {
    try {
      return this.branches.map(({ key }) => secondsOf(reformatDate(String(key))));
    } catch (error) {
      if (error instanceof DateError) return new Failure(error.message);
      throw error;
    }
  }
}

/** Seconds since 1970 of a date in normal form. */
function secondsOf(date: string): number {
  const fraction = date.length > 19 ? Number(`0${date.slice(19)}`) : 0;
  return Date.parse(`${date.slice(0, 10)}T${date.slice(11, 19)}Z`) / 1000 + fraction;
}
