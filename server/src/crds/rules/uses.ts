import { Dict, type Literal, Tuple } from './literal.ts';
import { isSelector, type Mapping, type Selector } from './mapping.ts';
import { MappingError } from './mapping-error.ts';
import { isSpecial } from './specials.ts';
import { compareText } from './values.ts';

/** Far longer than any name of a file: what no catalogue could keep. */
const longestName = 255;

/**
 * Files that a mapping names itself, sorted, each once: mappings of a pmap or imap, references of an rmap. Throws
 * MappingError when one of them is no name that can be kept.
 */
export function filesOf(mapping: Mapping): string[] {
  const files = new Set<string>();
  const { selector } = mapping;
  if (selector instanceof Dict) for (const [, value] of selector.entries) addNames(value, files);
  else addFiles(selector, files);
  for (const file of files) {
    if (file.length <= longestName && !/[\p{Cc}\p{Cs}]/u.test(file)) continue;
    const shown = `${JSON.stringify(file.slice(0, 40)).slice(1, -1)}${file.length > 40 ? '…' : ''}`;
    const expected = `names of files of at most ${longestName} characters, none a control character, not '${shown}'`;
    throw new MappingError('form', mapping.name, 1, 1, expected);
  }
  return [...files].sort(compareText);
}

function addFiles(selector: Selector, files: Set<string>): void {
  for (const { value } of selector.entries) {
    if (isSelector(value)) addFiles(value, files);
    else addNames(value, files);
  }
}

function addNames(value: Literal, files: Set<string>): void {
  if (typeof value === 'string') {
    if (!isSpecial(value)) files.add(value);
  } else if (value instanceof Tuple) for (const item of value.items) addNames(item, files);
  else if (value instanceof Dict) for (const [, item] of value.entries) addNames(item, files);
}

/** All files that a mapping leads to, each list sorted and each name once; the mapping itself is one of `mappings`. */
export interface Closure {
  readonly mappings: string[];
  readonly references: string[];
}

/**
 * Follows a mapping to everything it uses.
 * @param read gives the mapping of a name and throws when there is none.
 */
export function closureOf(name: string, read: (name: string) => Mapping): Closure {
  const mappings = new Set([name]);
  const references = new Set<string>();
  for (const mapping of mappings) {
    const contents = read(mapping);
    const found = contents.kind === 'rmap' ? references : mappings;
    for (const file of filesOf(contents)) found.add(file);
  }
  return { mappings: [...mappings].sort(compareText), references: [...references].sort(compareText) };
}
