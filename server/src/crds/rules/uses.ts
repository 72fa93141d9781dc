import { Dict, type Literal, Tuple } from './literal.ts';
import { type Entry, isSelector, type Mapping, type Selector } from './mapping.ts';
import { MappingError } from './mapping-error.ts';
import { isSpecial } from './specials.ts';
import { withUnixLines } from './sum.ts';
import { compareText } from './values.ts';

/** Far longer than any name of a file: what no catalogue could keep. */
const longestName = 255;

/**
 * Files that a mapping names itself, sorted, each once: mappings of a pmap or imap, references of an rmap. Throws
 * MappingError when one of them is no name that can be kept.
 * @param text of the mapping, to say in which column.
 */
export function filesOf(mapping: Mapping, text = ''): string[] {
  const files = new Set<string>();
  const { selector } = mapping;
  if (selector instanceof Dict) {
    for (const [key, value] of selector.entries) {
      const place = mapping.places?.get(`selector.${String(key)}`);
      addNames(value, files, (expected) => refuse(mapping, place?.line ?? 1, place?.column ?? 1, expected));
    }
  } else addFiles(selector, files, (entry, expected) => refuseEntry(mapping, entry, text, expected));
  return [...files].sort(compareText);
}

function refuse({ name }: Mapping, line: number, column: number, expected: string): never {
  throw new MappingError('form', name, line, column, expected);
}

/** A rule has the line of its key and the position of its value. */
function refuseEntry(mapping: Mapping, { line, at }: Entry, text: string, expected: string): never {
  const before = withUnixLines(text).slice(0, at ?? 0);
  if (at === undefined || before.length < at) return refuse(mapping, Math.max(line, 1), 1, expected);
  const lines = before.split('\n');
  return refuse(mapping, lines.length, (lines.at(-1)?.length ?? 0) + 1, expected);
}

function addFiles(
  selector: Selector,
  files: Set<string>,
  fail: (entry: Entry, expected: string) => never,
): void {
  for (const entry of selector.entries) {
    const { value } = entry;
    if (isSelector(value)) addFiles(value, files, fail);
    else addNames(value, files, (expected) => fail(entry, expected));
  }
}

function addNames(value: Literal, files: Set<string>, fail: (expected: string) => never): void {
  if (typeof value === 'string') {
    if (isSpecial(value) || files.has(value)) return;
    if (value.length > longestName || /[\p{Cc}\p{Cs}]/u.test(value)) fail(expectedInsteadOf(value));
    files.add(value);
  } else if (value instanceof Tuple) for (const item of value.items) addNames(item, files, fail);
  else if (value instanceof Dict) for (const [, item] of value.entries) addNames(item, files, fail);
}

function expectedInsteadOf(file: string): string {
  const shown = `${JSON.stringify(file.slice(0, 40)).slice(1, -1)}${file.length > 40 ? '…' : ''}`;
  return `names of files of at most ${longestName} characters, none a control character, not '${shown}'`;
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
