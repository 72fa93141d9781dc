import type { Answer } from './answer.ts';
import type { SelectorName } from './mapping.ts';

/** Why rules give the answer they give for one dataset and type; plain data, made to be shown. */
export interface Explanation {
  readonly context: string;
  readonly instrument: string;
  readonly type: string;
  /** The rmap; null when the imap decides. */
  readonly mapping: string | null;
  /** What the client gets; null when the type is left out. */
  readonly answer: Answer;
  /** Conditioned values of the parameters that this type asks for. */
  readonly values: readonly ParameterValue[];
  /** What decided, in order. */
  readonly steps: readonly ExplanationStep[];
}

export interface ParameterValue {
  readonly parameter: string;
  readonly value: string;
}

export type ExplanationStep =
  | SpecialStep
  | ExpressionStep
  | HookStep
  | LookupStep
  | MatchStep
  | EntryStep
  | VerdictStep;

/** The imap has no rules for the type: it does not know it, says that it does not apply, or leaves it out. */
export interface SpecialStep {
  readonly kind: 'special';
  readonly says: 'unknown' | 'not-applicable' | 'omitted';
}

/** An expression of the rmap's header. */
export interface ExpressionStep {
  readonly kind: 'expression';
  /** What it decides: whether the type is left out, whether it applies, whether a parameter counts. */
  readonly decides: 'omit' | 'relevance' | 'parameter';
  readonly parameter: string | null;
  /** Null for a parameter that is only a comment. */
  readonly expression: string | null;
  readonly values: readonly ParameterValue[];
  /** Null when it could not be evaluated. */
  readonly isTrue: boolean | null;
  readonly problem: string | null;
}

/** A hook ran and changed values. */
export interface HookStep {
  readonly kind: 'hook';
  readonly when: 'before' | 'after-failure';
  readonly name: string;
  readonly changes: readonly {
    readonly parameter: string;
    readonly from: string | null;
    readonly to: string;
  }[];
  readonly problem: string | null;
}

/** The selector tree was asked, for the first time or again after a hook. */
export interface LookupStep {
  readonly kind: 'lookup';
  readonly attempt: 1 | 2;
  readonly steps: readonly ExplanationStep[];
  /** Why it failed, null when it did not. */
  readonly problem: string | null;
}

/** A Match: which clauses matched, and which nearly did. */
export interface MatchStep {
  readonly kind: 'match';
  readonly parameters: readonly string[];
  /** A value that the rules do not know at all, before any matching. */
  readonly refused: string | null;
  /** Groups of clauses of equal weight, heaviest first. */
  readonly groups: readonly MatchGroup[];
  /** Clauses that did not match, those with the fewest wrong values first. */
  readonly near: readonly MatchClause[];
  readonly clauses: number;
}

export interface MatchGroup {
  readonly weight: number;
  readonly clauses: readonly MatchClause[];
  /** `chosen`, `failed` (the next group was tried), or `not-tried`. */
  readonly outcome: 'chosen' | 'failed' | 'not-tried';
  readonly problem: string | null;
  /** What the clauses lead to; several of them merged. */
  readonly steps: readonly ExplanationStep[];
  readonly answer: Answer;
}

export interface MatchClause {
  readonly line: number;
  readonly weight: number;
  readonly elements: readonly {
    readonly parameter: string;
    /** What the clause says, conditioned. */
    readonly key: string;
    readonly value: string;
    readonly verdict: 'match' | 'indifferent' | 'no-match';
  }[];
}

/** Any other selector: the entries that were chosen, with their neighbours. */
export interface EntryStep {
  readonly kind: 'entry';
  readonly selector: Exclude<SelectorName, 'Match'>;
  readonly parameters: readonly string[];
  /** The date, version or number that was looked up; null when the header has none. */
  readonly value: string | null;
  /** One entry; of a Bracket two. */
  readonly chosen: readonly RuleEntry[];
  readonly previous: RuleEntry | null;
  readonly next: RuleEntry | null;
  readonly problem: string | null;
  /** Of each chosen entry that leads to a further level. */
  readonly steps: readonly ExplanationStep[];
}

export interface RuleEntry {
  readonly key: string;
  readonly line: number;
  /** What it recommends; null when it leads to a further level. */
  readonly answer: Answer;
  readonly leadsTo: SelectorName | null;
}

/** What a failure or a special word came to. */
export interface VerdictStep {
  readonly kind: 'verdict';
  readonly because: 'unprocessed-gain' | 'not-required' | 'says-not-applicable' | 'says-omitted' | 'failed';
  readonly text: string | null;
}
