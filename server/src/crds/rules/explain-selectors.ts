import type { Answer } from './answer.ts';
import { judge } from './element.ts';
import type {
  EntryStep,
  ExplanationStep,
  MatchClause,
  MatchGroup,
  MatchStep,
  RuleEntry,
} from './explanation.ts';
import { Failure, noMatch } from './failure.ts';
import type { Header } from './header.ts';
import { floatText } from './python-text.ts';
import { Bracket } from './selectors/bracket.ts';
import { ClosestTime } from './selectors/closest-time.ts';
import { isRule, Match } from './selectors/match.ts';
import { GeometricallyNearest, numberOf } from './selectors/nearest.ts';
import type { Branch, Rule } from './selectors/rule.ts';
import { SelectVersion } from './selectors/select-version.ts';
import { UseAfter } from './selectors/use-after.ts';
import { VersionAfter } from './selectors/version-after.ts';

/** A level explained, and what it came to. */
export interface Explained {
  readonly steps: readonly ExplanationStep[];
  readonly outcome: Answer | Failure;
}

/** How many clauses that did not match are shown. */
const nearShown = 5;

/** Walks rules as a lookup does, with the same searches, and says what decided. */
export function explainRule(rule: Rule, header: Header): Explained {
  return rule instanceof Match ? explainMatch(rule, header) : explainEntries(rule, header);
}

function explainMatch(rule: Match, header: Header): Explained {
  const found = rule.groups(header);
  const base = { kind: 'match', parameters: rule.parameters, clauses: rule.branches.length } as const;
  const near = nearMisses(rule, header);
  if (found instanceof Failure) {
    const step: MatchStep = { ...base, refused: found.text, groups: [], near };
    return { steps: [step], outcome: found };
  }
  const groups: MatchGroup[] = [];
  let outcome: Answer | Failure = noMatch;
  let isDecided = false;
  for (const { weight, branches } of found) {
    const clauses = branches.map((branch) => clauseOf(rule, branch, header));
    if (isDecided) {
      groups.push({ weight, clauses, outcome: 'not-tried', problem: null, steps: [], answer: null });
      continue;
    }
    const { steps, outcome: result } = explainGroup(rule, branches, header);
    isDecided = !(result instanceof Failure && result.isLookup);
    if (isDecided) outcome = result;
    const isFailure = result instanceof Failure;
    groups.push({
      weight,
      clauses,
      outcome: isFailure ? 'failed' : 'chosen',
      problem: isFailure ? result.text : null,
      steps,
      answer: isFailure ? null : result,
    });
  }
  return { steps: [{ ...base, refused: null, groups, near }], outcome };
}

function explainGroup(rule: Match, branches: readonly Branch[], header: Header): Explained {
  const [only] = branches;
  if (branches.length === 1 && only !== undefined) {
    return only.rule === null ? { steps: [], outcome: only.answer } : explainRule(only.rule, header);
  }
  const together = rule.together(branches);
  return isRule(together) ? explainRule(together, header) : { steps: [], outcome: together };
}

const verdicts = { 1: 'match', 0: 'indifferent', [-1]: 'no-match' } as const;

function clauseOf(rule: Match, branch: Branch, header: Header): MatchClause {
  const clause = rule.branches.indexOf(branch);
  const elements = rule.parameters.map((parameter, at) => {
    const value = header.get(parameter) ?? 'UNDEFINED';
    const element = rule.elements[clause]?.[at] ?? { kind: 'indifferent' };
    const key = branch.key[at] ?? '';
    return { parameter, key, value, verdict: verdicts[judge(element, value)] };
  });
  return {
    line: branch.line,
    weight: elements.filter(({ verdict }) => verdict === 'match').length,
    elements,
  };
}

function nearMisses(rule: Match, header: Header): MatchClause[] {
  const wrong = ({ elements }: MatchClause): number =>
    elements.filter(({ verdict }) => verdict === 'no-match').length;
  return rule.branches
    .map((branch) => clauseOf(rule, branch, header))
    .map((clause) => ({ clause, wrong: wrong(clause) }))
    .filter((item) => item.wrong > 0)
    .sort((a, b) => a.wrong - b.wrong || b.clause.weight - a.clause.weight)
    .slice(0, nearShown)
    .map(({ clause }) => clause);
}

/** What one of the other selectors looked up and where that lies between its entries. */
interface Sought {
  readonly value: string | null;
  /** Indexes of the chosen entries; empty when there are none. */
  readonly chosen: readonly number[];
  /** Index of the entry before the value, when none was chosen. */
  readonly before: number;
}

function explainEntries(rule: Rule, header: Header): Explained {
  const { value, chosen, before } = seek(rule, header);
  const branches = chosen.flatMap((index) => rule.branches[index] ?? []);
  const nested = branches.flatMap((branch) =>
    branch.rule === null ? [] : explainRule(branch.rule, header).steps,
  );
  const outcome = rule.choose(header);
  const entry = (index: number): RuleEntry | null => {
    const branch = rule.branches[index];
    return branch === undefined ? null : entryOf(branch);
  };
  const first = chosen[0] ?? before + 1;
  const last = chosen.at(-1) ?? before;
  const step: EntryStep = {
    kind: 'entry',
    selector: rule.selector as EntryStep['selector'],
    parameters: rule.parameters,
    value,
    chosen: branches.map(entryOf),
    previous: entry(first - 1),
    next: entry(last + 1),
    problem: outcome instanceof Failure ? outcome.text : null,
    steps: nested,
  };
  return { steps: [step], outcome };
}

function entryOf(branch: Branch): RuleEntry {
  const { key, line, answer, rule } = branch;
  return {
    key: typeof key === 'string' ? key : key.join(' '),
    line,
    answer,
    leadsTo: rule?.selector ?? null,
  };
}

function seek(rule: Rule, header: Header): Sought {
  if (rule instanceof UseAfter) {
    const date = header.date(rule.parameters, rule.selector);
    return date instanceof Failure ? nothing : below(date, rule.indexAt(date));
  }
  if (rule instanceof VersionAfter) {
    const version = rule.versionOf(header);
    return version instanceof Failure ? nothing : below(version.join('.'), rule.indexAt(version));
  }
  if (rule instanceof ClosestTime) {
    const date = header.date(rule.parameters, rule.selector);
    if (date instanceof Failure) return nothing;
    const index = rule.indexAt(date);
    return index instanceof Failure ? { ...nothing, value: date } : below(date, index);
  }
  const number =
    rule instanceof SelectVersion
      ? rule.versionOf(header)
      : numberOf(header, rule.parameters[0] ?? '', rule.selector);
  if (number instanceof Failure) return nothing;
  const value = floatText(number);
  if (rule instanceof SelectVersion) return below(value, rule.indexAt(number));
  if (rule instanceof GeometricallyNearest) return below(value, rule.indexAt(number));
  if (!(rule instanceof Bracket)) return nothing;
  const pair = rule.pairAt(number);
  return { value, chosen: pair[0] === pair[1] ? [pair[0]] : pair, before: pair[0] };
}

const nothing: Sought = { value: null, chosen: [], before: -1 };

function below(value: string, index: number): Sought {
  return { value, chosen: index < 0 ? [] : [index], before: index };
}
