import type { Answer } from '../answer.ts';
import type { Element } from '../element.ts';
import { Failure, noMatch } from '../failure.ts';
import type { Header, Parameters } from '../header.ts';
import { quoted } from '../python-text.ts';
import { atOnce, type Steps } from '../steps.ts';
import { type Column, Position } from './column.ts';
import type { LegalValues } from './legal.ts';
import { mergeUseAfters } from './merge.ts';
import type { Branch, Rule } from './rule.ts';

/** The clauses that matched equally well, most specific group first. */
export interface Group {
  readonly weight: number;
  readonly branches: readonly Branch[];
}

export interface MatchParts {
  readonly parameters: Parameters;
  readonly branches: readonly Branch[];
  /** The meaning of each clause's key elements. */
  readonly elements: readonly (readonly Element[])[];
  readonly legal: readonly LegalValues[];
  readonly isMerging: boolean;
}

/**
 * Picks clauses by values of parameters: a clause counts one for every element that matches and nothing for `N/A`;
 * the heaviest clauses are tried first (crds 13.2.7, `MatchSelector`). Clauses are not walked but looked up by value.
 */
export class Match implements Rule {
  readonly selector = 'Match';
  readonly parameters: Parameters;
  readonly branches: readonly Branch[];
  readonly elements: MatchParts['elements'];
  readonly legal: readonly LegalValues[];
  private readonly isMerging: boolean;
  private positions: readonly Position[] | undefined;
  private readonly merged = new Map<string, Answer | Failure | Rule>();

  constructor({ parameters, branches, elements, legal, isMerging }: MatchParts) {
    this.parameters = parameters;
    this.branches = branches;
    this.elements = elements;
    this.legal = legal;
    this.isMerging = isMerging;
  }

  /** Puts the clauses in order for lookups; the first lookup does it otherwise. */
  *preparing(): Steps<readonly Position[]> {
    const positions: Position[] = [];
    for (let at = 0; at < this.parameters.length; at++) {
      const elements = this.elements.map((clause) => clause[at] ?? ({ kind: 'indifferent' } as const));
      positions.push(yield* Position.making(elements));
    }
    this.positions = positions;
    return positions;
  }

  choose(header: Header): Answer | Failure {
    const columns = this.columnsOf(header);
    if (columns instanceof Failure) return columns;
    const found = survivors(columns, this.branches.length);
    if (found === null) return noMatch;
    const weights = weigh(columns, found, (this.branches.length + 31) >>> 5);
    for (let left = found.length; left > 0; ) {
      const best = heaviest(weights);
      const group: number[] = [];
      for (let at = 0; at < found.length; at++) {
        if (weights[at] !== best) continue;
        group.push(found[at] ?? 0);
        weights[at] = -1;
      }
      left -= group.length;
      const outcome = this.chooseFrom(group, header);
      if (!(outcome instanceof Failure && outcome.isLookup)) return outcome;
    }
    return noMatch;
  }

  /** All groups of clauses that match, for showing. */
  groups(header: Header): Group[] | Failure {
    const columns = this.columnsOf(header);
    if (columns instanceof Failure) return columns;
    const found = survivors(columns, this.branches.length) ?? [];
    const weights = weigh(columns, found, (this.branches.length + 31) >>> 5);
    const groups = new Map<number, Branch[]>();
    for (const [at, clause] of found.entries()) {
      const branch = this.branches[clause];
      const weight = weights[at] ?? 0;
      if (branch !== undefined) groups.set(weight, [...(groups.get(weight) ?? []), branch]);
    }
    return [...groups].sort((a, b) => b[0] - a[0]).map(([weight, branches]) => ({ weight, branches }));
  }

  /** What clauses of equal weight lead to together: one rule, an answer, or why neither. */
  together(branches: readonly Branch[]): Answer | Failure | Rule {
    const [first] = branches;
    if (!this.isMerging) return new Failure('More than one match clause matched.');
    if (first === undefined) return noMatch;
    if (first.rule === null) {
      const other = branches.find(({ rule }) => rule !== null);
      if (other !== undefined) return new Failure(`${other.rule?.selector} is not a file name`);
      return branches.map(({ answer }) => answer);
    }
    return mergeUseAfters(first.rule, branches);
  }

  private columnsOf(header: Header): Column[] | Failure {
    const positions = this.positions ?? atOnce(this.preparing());
    const values: string[] = [];
    for (let at = 0; at < this.parameters.length; at++) {
      const name = this.parameters[at] ?? '';
      const value = header.get(name);
      if (value === undefined && this.legal[at]?.mayBeAbsent() === false) {
        return new Failure(`Match required lookup parameter ${quoted(name)} is undefined.`);
      }
      values.push(value ?? 'UNDEFINED');
    }
    for (let at = 0; at < values.length; at++) {
      const refused = this.legal[at]?.refuse(values[at] ?? '');
      if (refused !== undefined) return refused;
    }
    const columns: Column[] = [];
    for (let at = 0; at < values.length; at++) {
      const column = positions[at]?.columnOf(values[at] ?? '');
      if (column !== undefined) columns.push(column);
    }
    return columns;
  }

  private chooseFrom(group: readonly number[], header: Header): Answer | Failure {
    const [only = 0] = group;
    if (group.length === 1) {
      const branch = this.branches[only];
      if (branch === undefined) return noMatch;
      return branch.rule === null ? branch.answer : branch.rule.choose(header);
    }
    const outcome = this.mergedOf(group);
    return isRule(outcome) ? outcome.choose(header) : outcome;
  }

  private mergedOf(group: readonly number[]): Answer | Failure | Rule {
    const key = group.join();
    let outcome = this.merged.get(key);
    if (outcome === undefined) {
      outcome = this.together(group.flatMap((clause) => this.branches[clause] ?? []));
      if (this.merged.size >= 200) this.merged.clear();
      this.merged.set(key, outcome);
    }
    return outcome;
  }
}

export function isRule(outcome: Answer | Failure | Rule): outcome is Rule {
  return (
    typeof outcome === 'object' &&
    outcome !== null &&
    'choose' in outcome &&
    typeof outcome.choose === 'function'
  );
}

/** Clauses that no value rules out, in order; null when there are none. */
function survivors(columns: readonly Column[], clauses: number): number[] | null {
  const words = (clauses + 31) >>> 5;
  let found: number[] | null = null;
  for (let word = 0; word < words; word++) {
    // Without parameters there is one clause at most, the one with the empty key.
    let bits = columns.length === 0 ? 1 : -1;
    for (let at = 0; at < columns.length && bits !== 0; at++) bits &= columns[at]?.[word] ?? 0;
    while (bits !== 0) {
      const lowest = bits & -bits;
      found ??= [];
      found.push((word << 5) + 31 - Math.clz32(lowest));
      bits ^= lowest;
    }
  }
  return found;
}

function weigh(columns: readonly Column[], found: readonly number[], words: number): number[] {
  const weights: number[] = [];
  for (let at = 0; at < found.length; at++) {
    const clause = found[at] ?? 0;
    const word = words + (clause >>> 5);
    const shift = clause & 31;
    let weight = 0;
    for (let column = 0; column < columns.length; column++)
      weight += ((columns[column]?.[word] ?? 0) >>> shift) & 1;
    weights.push(weight);
  }
  return weights;
}

function heaviest(weights: readonly number[]): number {
  let best = -1;
  for (let at = 0; at < weights.length; at++) best = Math.max(best, weights[at] ?? -1);
  return best;
}
