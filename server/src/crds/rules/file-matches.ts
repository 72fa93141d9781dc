import { isSelector, type Mapping, type Selector } from './mapping.ts';
import { compareTexts } from './order.ts';
import { keyValues, parameterLevels } from './parameters.ts';
import { textOf } from './python-text.ts';

/** Names of parameters with their values, at one level of rules. */
export type Values = readonly (readonly [parameter: string, value: string])[];

/**
 * One way that leads to a file: first observatory, instrument and filekind, then what the key of each level of rules
 * wants of its parameters.
 */
export type FileMatch = readonly Values[];

/** All ways that lead to a file through rmaps, sorted (crds 13.2.7, `file_matches`). */
export function fileMatches(rmaps: Iterable<Mapping>, file: string): FileMatch[] {
  const found: FileMatch[] = [];
  for (const rmap of rmaps) {
    if (!isSelector(rmap.selector)) continue;
    const start: Values = ['observatory', 'instrument', 'filekind'].map((name) => [
      name,
      textOf(rmap.header.get(name) ?? ''),
    ]);
    collect(rmap.selector, parameterLevels(rmap), file, [start], found);
  }
  return found.sort(compareMatches);
}

function collect(
  { selector, entries }: Selector,
  levels: readonly (readonly string[])[],
  file: string,
  path: readonly Values[],
  found: FileMatch[],
): void {
  const [parameters = [], ...below] = levels;
  for (const { key, value } of entries) {
    const isEnd = value === file;
    if (!isEnd && !isSelector(value)) continue;
    const values = keyValues(selector, key, parameters);
    const here: Values = values.map((text, at) => [parameters[at] ?? '', text]);
    if (isSelector(value)) collect(value, below, file, [...path, here], found);
    else found.push([...path, here]);
  }
}

function compareMatches(a: FileMatch, b: FileMatch): number {
  for (let level = 0; level < a.length && level < b.length; level++) {
    const order = compareTexts((a[level] ?? []).flat(), (b[level] ?? []).flat());
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
