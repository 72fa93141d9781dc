import type { Answer } from '../answer.ts';
import { Failure } from '../failure.ts';
import type { Header, Parameters } from '../header.ts';
import { numberOf } from './nearest.ts';
import { type Branch, follow, type Rule } from './rule.ts';

/**
 * Picks the entries below and above a number as a pair; both are the same one at an exact hit and beyond the ends
 * (crds 13.2.7, `BracketSelector`).
 */
export class Bracket implements Rule {
  readonly selector = 'Bracket';
  readonly parameters: Parameters;
  readonly branches: readonly Branch[];
  readonly numbers: readonly number[];

  /** Branches in ascending order of their numbers. */
  constructor(parameters: Parameters, branches: readonly Branch[], numbers: readonly number[]) {
    this.parameters = parameters;
    this.branches = branches;
    this.numbers = numbers;
  }

  choose(header: Header): Answer | Failure {
    const value = numberOf(header, this.parameters[0] ?? '', this.selector);
    if (value instanceof Failure) return value;
    const [below, above] = this.pairAt(value);
    const less = this.branches[below];
    const greater = this.branches[above];
    if (less === undefined || greater === undefined) return new Failure('list index out of range');
    const first = follow(less, header);
    if (first instanceof Failure) return first;
    const second = below === above ? first : follow(greater, header);
    return second instanceof Failure ? second : [first, second];
  }

  /** Indexes of the entries around a number. */
  pairAt(value: number): readonly [below: number, above: number] {
    let index = 0;
    while (index < this.numbers.length && value > (this.numbers[index] ?? 0)) index++;
    if (index === this.numbers.length) return [index - 1, index - 1];
    return index === 0 || value === this.numbers[index] ? [index, index] : [index - 1, index];
  }
}
