import type { CrdsWhyLevel, CrdsWhyRule } from '@orrery/contracts/crds';
import type { EntryStep, Explanation, ExplanationStep, MatchClause, MatchStep } from '../rules/index.ts';
import type { Branch, Rule } from '../rules/selectors/rule.ts';
import { answerText } from './recommendation.ts';

/** Entries shown on either side of the chosen one. */
const around = 3;
/** Rules shown of one level. */
const mostRules = 30;

/** The levels of rules that were gone through, from the outermost inwards; of several attempts the last. */
export function levelsOf({ steps, values }: Explanation, rule: Rule | null): CrdsWhyLevel[] {
  const lookups = steps.filter((step) => step.kind === 'lookup');
  const last = lookups.at(-1);
  if (last === undefined || rule === null) return [];
  const asked = new Map(values.map(({ parameter, value }) => [parameter, value]));
  return last.steps.flatMap((step) => levelOf(step, [rule], asked));
}

/** `rules`: what the level was made of; several when clauses that fit equally well were joined. */
function levelOf(
  step: ExplanationStep,
  rules: readonly Rule[],
  asked: ReadonlyMap<string, string>,
): CrdsWhyLevel[] {
  if (step.kind === 'match') return matchLevels(step, rules, asked);
  return step.kind === 'entry' ? entryLevels(step, rules, asked) : [];
}

function matchLevels(
  step: MatchStep,
  rules: readonly Rule[],
  asked: ReadonlyMap<string, string>,
): CrdsWhyLevel[] {
  const branches = branchesByLine(rules);
  const shown = step.groups.flatMap(({ clauses, outcome }) =>
    clauses.map((clause) => ruleOf(clause, branches, clause.weight, outcome === 'chosen')),
  );
  const near = step.near.map((clause) => ruleOf(clause, branches, null, false));
  const chosen = step.groups.find(({ outcome }) => outcome === 'chosen');
  const joined = chosen?.clauses.length ?? 0;
  const fitting = shown.length;
  const level: CrdsWhyLevel = {
    selector: 'Match',
    parameters: [...step.parameters],
    asked: step.parameters.map((name) => asked.get(name.toUpperCase()) ?? asked.get(name) ?? 'UNDEFINED'),
    rules: [...shown.slice(0, mostRules - near.length), ...near],
    total: step.clauses,
    joined,
    text: matchText(step, fitting, joined),
    face: chosen === undefined ? 'bad' : joined > 1 ? 'partial' : 'good',
  };
  if (chosen === undefined) return [level];
  const below = chosen.clauses.flatMap(({ line }) => branches.get(line)?.rule ?? []);
  return [level, ...chosen.steps.flatMap((one) => levelOf(one, below, asked))];
}

function matchText({ refused, clauses }: MatchStep, fitting: number, joined: number): string {
  if (refused !== null) return `No rule knows the value: ${refused.trim()}.`;
  const of = `of ${clauses} ${clauses === 1 ? 'rule' : 'rules'}`;
  if (fitting === 0) return `None ${of} fits.`;
  if (joined > 1) return `${fitting} ${of} fit; ${joined} of them equally well, so that they were joined.`;
  const one = fitting === 1 ? `One ${of} fits.` : `${fitting} ${of} fit.`;
  if (joined === 0) return `${one} None leads to a file for this exposure.`;
  return fitting === 1 ? one : `${one} The one with most values that match is taken.`;
}

const verdicts = { match: 'match', indifferent: 'any', 'no-match': 'fails' } as const;

function ruleOf(
  { line, elements }: MatchClause,
  branches: ReadonlyMap<number, Branch>,
  weight: number | null,
  chosen: boolean,
): CrdsWhyRule {
  const branch = branches.get(line);
  return {
    line,
    values: elements.map(({ key, verdict }) => ({ text: key, verdict: verdicts[verdict] })),
    weight,
    entries: branch?.rule?.branches.length ?? 0,
    leadsTo: branch === undefined || branch.rule !== null ? null : answerText(branch.answer),
    chosen,
  };
}

function branchesByLine(rules: readonly Rule[]): Map<number, Branch> {
  return new Map(rules.flatMap(({ branches }) => branches.map((branch) => [branch.line, branch] as const)));
}

function entryLevels(
  step: EntryStep,
  rules: readonly Rule[],
  asked: ReadonlyMap<string, string>,
): CrdsWhyLevel[] {
  const chosenLines = new Set(step.chosen.map(({ line }) => line));
  const branches = rules
    .flatMap((rule) => rule.branches)
    .toSorted((a, b) => (keyText(a) < keyText(b) ? -1 : keyText(a) > keyText(b) ? 1 : 0));
  // Without a chosen entry the place is where the next one would have been.
  const found = branches.findIndex(({ line }) => chosenLines.has(line));
  const nextLine = step.next?.line;
  const at = found >= 0 ? found : branches.findIndex(({ line }) => line === nextLine);
  const near = isOrdered(step)
    ? branches.slice(Math.max(0, at - around), at + around + 1)
    : branches.slice(0, mostRules);
  const level: CrdsWhyLevel = {
    selector: step.selector,
    parameters: [...step.parameters],
    asked: step.parameters.map((name) => asked.get(name.toUpperCase()) ?? asked.get(name) ?? 'UNDEFINED'),
    rules: near.map((branch) => ({
      line: branch.line,
      values: [{ text: keyText(branch), verdict: chosenLines.has(branch.line) ? 'match' : 'fails' }],
      weight: chosenLines.has(branch.line) ? 1 : null,
      entries: branch.rule?.branches.length ?? 0,
      leadsTo: branch.rule === null ? answerText(branch.answer) : null,
      chosen: chosenLines.has(branch.line),
    })),
    total: branches.length,
    joined: 1,
    text: entryText(step),
    face: step.chosen.length > 0 ? 'good' : 'bad',
  };
  const below = branches.flatMap(({ line, rule }) => (chosenLines.has(line) && rule !== null ? [rule] : []));
  return [level, ...step.steps.flatMap((one) => levelOf(one, below, asked))];
}

/** Whether entries in the order of their texts are in the order in which they are looked up. */
function isOrdered({ selector }: EntryStep): boolean {
  return selector === 'UseAfter' || selector === 'ClosestTime';
}

function keyText({ key }: Branch): string {
  return typeof key === 'string' ? key : key.join(' ');
}

function entryText({ selector, value, chosen, problem }: EntryStep): string {
  const keys = chosen.map(({ key }) => key).join(' and ');
  if (value === null) return `Nothing can be looked up: ${problem?.trim() ?? 'the value is missing'}.`;
  if (keys === '')
    return selector === 'UseAfter' ? `All dates are after ${value}.` : `Nothing fits ${value}.`;
  switch (selector) {
    case 'UseAfter':
      return `The newest date that is not after ${value} is ${keys}.`;
    case 'VersionAfter':
      return `The highest version that is not above ${value} is ${keys}.`;
    case 'ClosestTime':
    case 'GeometricallyNearest':
      return `Nearest to ${value} is ${keys}.`;
    case 'Bracket':
      return `${value} lies between ${keys}.`;
    default:
      return `${value} is under ${keys}.`;
  }
}
