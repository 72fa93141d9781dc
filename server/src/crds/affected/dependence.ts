import { hookDateParameters, hookDates, hookParameters } from '../rules/hooks.ts';
import { isSelector, type Mapping, type Selector } from '../rules/index.ts';
import { parameterLevels } from '../rules/parameters.ts';
import { textOf } from '../rules/python-text.ts';
import type { Rmap } from '../rules/rmap.ts';

/** What the answers of one type's rules depend on. Datasets that agree in it get the same answers. */
export interface Dependence {
  /** Parameters whose values count, in upper case. */
  readonly parameters: ReadonlySet<string>;
  /** Parameters that make the date of exposure; of it only counts between which of `dates` it lies. */
  readonly dateParameters: readonly string[];
  /** Dates as the rules write them, in the order of texts. */
  readonly dates: readonly string[];
}

/** One side of a comparison: an rmap as it was read and compiled. */
export interface SideRules {
  readonly mapping: Mapping;
  readonly rmap: Rmap;
}

/**
 * What the rules of all sides depend on.
 * @param all parameters of the instrument: hooks and expressions may look at any of them.
 */
export function dependenceOf(sides: readonly SideRules[], all: readonly string[]): Dependence {
  const found = { values: new Set<string>(), dateNames: new Set<string>(), dates: new Set<string>() };
  for (const { mapping, rmap } of sides) {
    if (isSelector(mapping.selector)) walk(mapping.selector, parameterLevels(mapping), found);
    for (const name of usedBesideRules(rmap, all)) found.values.add(name);
    if (!hasHook(rmap)) continue;
    found.dateNames.add(hookDateParameters.join('\n'));
    for (const date of hookDates) found.dates.add(date);
  }
  const [dateNames] = found.dateNames;
  const dateParameters = dateNames === undefined ? [] : dateNames.split('\n');
  const isPlain = found.dateNames.size === 1 && !dateParameters.some((name) => found.values.has(name));
  if (isPlain) return { parameters: found.values, dateParameters, dates: [...found.dates].sort() };
  // Dates that are looked at in other ways too, or put together in several: their values count as they are.
  const dated = [...found.dateNames].flatMap((names) => names.split('\n'));
  return { parameters: new Set([...found.values, ...dated]), dateParameters: [], dates: [] };
}

interface Found {
  values: Set<string>;
  /** Lists of parameter names of levels of dates, each as one text. */
  dateNames: Set<string>;
  dates: Set<string>;
}

function walk({ selector, entries }: Selector, levels: readonly (readonly string[])[], found: Found): void {
  const [names = [], ...below] = levels;
  const upper = names.map((name) => name.toUpperCase());
  if (selector === 'UseAfter') found.dateNames.add(upper.join('\n'));
  else for (const name of upper) found.values.add(name);
  for (const { key, value } of entries) {
    if (selector === 'UseAfter') found.dates.add(textOf(key));
    if (isSelector(value)) walk(value, below, found);
  }
}

function hasHook(rmap: Rmap): boolean {
  return rmap.precondition !== undefined || rmap.fallback !== undefined;
}

/** Parameters that count apart from the clauses; what hooks take the date of exposure from is set apart. */
function usedBesideRules(rmap: Rmap, all: readonly string[]): string[] {
  const upper = all.map((name) => name.toUpperCase());
  const sources = [rmap.omit, rmap.relevance, ...rmap.conditional.map(({ expression }) => expression)];
  const words = new Set(
    sources.flatMap((one) => one?.source.toUpperCase().match(/[\p{L}_][\p{L}\p{N}_.]*/gu) ?? []),
  );
  const used = upper.filter((name) => words.has(name) || words.has(name.replaceAll('.', '_')));
  if (hasHook(rmap)) used.push(...hookParameters);
  if (rmap.traits.hasUnprocessedGains) used.push('DETECTOR', 'CCDGAIN');
  return used;
}
