import type { CrdsExploreParameter } from '@orrery/contracts/crds';
import { judge } from '../rules/element.ts';
import type { Header } from '../rules/header.ts';
import type { Instrument, Rmap } from '../rules/index.ts';
import { Match } from '../rules/selectors/match.ts';
import type { Rule } from '../rules/selectors/rule.ts';

/** Values of one parameter that an answer has. */
const mostValues = 500;

interface Collected {
  kind: CrdsExploreParameter['kind'];
  /** Values that rules name; true = some rule that names it fits with all other choices. */
  values: Map<string, boolean>;
  types: Set<string>;
}

/**
 * What the rules of an instrument let one choose: for each parameter the values that rules name, and which of them are
 * still possible with the other choices. `choices` has the conditioned values, `isChosen` says which were made.
 */
export function parametersToChoose(
  instrument: Instrument,
  types: readonly string[],
  choices: Header,
  chosen: ReadonlyMap<string, string>,
): CrdsExploreParameter[] {
  const collected = new Map<string, Collected>();
  const of = (name: string): Collected => {
    const known = collected.get(name) ?? { kind: 'text', values: new Map(), types: new Set() };
    collected.set(name, known);
    return known;
  };
  for (const type of types) {
    const rules = instrument.types.get(type);
    if (rules === undefined || typeof rules === 'string') continue;
    for (const name of rules.required) of(name.toUpperCase()).types.add(type);
    collect(rules.rule, choices, (name) => chosen.has(name), true, of);
    for (const { parameter, value } of comparedIn(rules)) {
      const one = collected.get(parameter);
      if (one === undefined) continue;
      if (one.kind === 'text') one.kind = 'choice';
      addValue(one.values, value, true);
    }
  }
  return [...collected]
    .map(([name, one]) => apiParameter(name, one, chosen.get(name) ?? null))
    .toSorted((a, b) => rank(a) - rank(b) || b.types.length - a.types.length || (a.name < b.name ? -1 : 1));
}

const kindOrder: readonly CrdsExploreParameter['kind'][] = ['choice', 'date', 'time', 'text'];

function rank({ kind }: CrdsExploreParameter): number {
  return kindOrder.indexOf(kind);
}

/** Goes down the rules; `isOpen` while everything above fits with the choices. */
function collect(
  rule: Rule,
  choices: Header,
  isChosen: (name: string) => boolean,
  isOpen: boolean,
  of: (name: string) => Collected,
): void {
  if (!(rule instanceof Match)) {
    for (const name of rule.parameters) {
      const one = of(name.toUpperCase());
      if (one.kind === 'text') one.kind = kindOf(rule, name);
    }
    // Dates and numbers are not chosen from a list: all branches below are as open as this level.
    for (const { rule: below } of rule.branches)
      if (below !== null) collect(below, choices, isChosen, isOpen, of);
    return;
  }
  const names = rule.parameters.map((name) => name.toUpperCase());
  for (const name of names) of(name).kind = 'choice';
  for (const [clause, { key, rule: below }] of rule.branches.entries()) {
    const failing = names.filter((name, at) => {
      const element = rule.elements[clause]?.[at];
      return isChosen(name) && element !== undefined && judge(element, choices.get(name) ?? 'UNDEFINED') < 0;
    });
    for (const [at, name] of names.entries()) {
      const isPossible = isOpen && failing.every((one) => one === name);
      for (const value of valuesOf(key[at] ?? '')) addValue(of(name).values, value, isPossible);
    }
    if (below !== null) collect(below, choices, isChosen, isOpen && failing.length === 0, of);
  }
}

/** Values that the conditions of an rmap compare parameters with: `(DARKCORR != "OMIT")`. */
function comparedIn({
  omit,
  relevance,
  conditional,
  required,
}: Rmap): Array<{ parameter: string; value: string }> {
  const names = new Map(
    required.map((name) => [name.toUpperCase().replaceAll('.', '_'), name.toUpperCase()]),
  );
  const sources = [omit, relevance, ...conditional.map(({ expression }) => expression)].map(
    (one) => one?.source ?? '',
  );
  return sources.flatMap((source) =>
    [...source.matchAll(/([A-Za-z_][\w.-]{0,100})\s{0,10}[=!]=\s{0,10}(["'])([^"']{0,100})\2/g)].flatMap(
      ([, name = '', , value = '']) => {
        const parameter = names.get(name.toUpperCase().replaceAll('.', '_'));
        return parameter === undefined ? [] : [{ parameter, value }];
      },
    ),
  );
}

/** The values that an element of a key names; none for what takes any value. */
function valuesOf(key: string): string[] {
  if (key === 'N/A' || key === '*' || key === '') return [];
  if (/^[({#]/.test(key)) return [key];
  return key.split('|').filter((value) => value !== '' && value !== '*');
}

function addValue(values: Map<string, boolean>, value: string, isPossible: boolean): void {
  values.set(value, isPossible || values.get(value) === true);
}

function kindOf({ selector }: Rule, name: string): CrdsExploreParameter['kind'] {
  if (selector !== 'UseAfter' && selector !== 'ClosestTime') return 'text';
  return /TIME/i.test(name) && !/DATE/i.test(name) ? 'time' : 'date';
}

function apiParameter(
  name: string,
  { kind, values, types }: Collected,
  chosen: string | null,
): CrdsExploreParameter {
  const sorted = [...values].toSorted(([a], [b]) => compareValues(a, b));
  // What is possible is never cut off in favour of what is not.
  const shown = new Set(
    [
      ...sorted.filter(([, isPossible]) => isPossible),
      ...sorted.filter(([, isPossible]) => !isPossible),
    ].slice(0, mostValues),
  );
  return {
    name,
    kind: kind === 'choice' && values.size === 0 ? 'text' : kind,
    chosen,
    values: sorted.filter((one) => shown.has(one)).map(([value, possible]) => ({ value, possible })),
    hidden: sorted.length - shown.size,
    types: [...types].toSorted(),
  };
}

/** Numbers by size and before texts. */
function compareValues(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  const [isNumber, isOtherNumber] = [!Number.isNaN(x), !Number.isNaN(y)];
  if (isNumber && isOtherNumber) return x - y;
  if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
