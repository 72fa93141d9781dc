import { type FileMatch, fileMatches } from '../file-matches.ts';
import type { Mapping } from '../mapping.ts';
import { quoted } from '../python-text.ts';
import { checkRules, type Insertion, type InsertOptions, insertUnchecked } from './insert.ts';
import { type DatasetValues, RuleUpdateError } from './rule-key.ts';

/** A reference to insert. */
export interface NewReference {
  readonly file: string;
  readonly values: DatasetValues;
}

/**
 * Inserts the references of one delivery one after the other. No two of them may come to the same rule, and all of
 * them must be in the rules at the end.
 * @throws {RuleUpdateError}
 */
export function insertReferences(
  mapping: Mapping,
  references: readonly NewReference[],
  options: InsertOptions = {},
): { readonly mapping: Mapping; readonly insertions: readonly Insertion[] } {
  const insertions: Insertion[] = [];
  const ways = new Map<string, string>();
  let current = mapping;
  for (const { file, values } of references) {
    const insertion = insertUnchecked(current, values, file, options);
    insertions.push(insertion);
    current = insertion.mapping;
    for (const way of fileMatches([current], file)) {
      const text = wayText(way);
      const other = ways.get(text);
      if (other !== undefined) {
        throw new RuleUpdateError(`${quoted(file)} and ${quoted(other)} identically match ${text}`);
      }
      ways.set(text, file);
    }
  }
  const lost = references.find(({ file }) => fileMatches([current], file).length === 0);
  if (lost !== undefined) throw new RuleUpdateError(`${quoted(lost.file)} is not in the new rules`);
  checkRules(current);
  return { mapping: current, insertions };
}

function wayText(way: FileMatch): string {
  return way
    .slice(1)
    .flat()
    .map(([name, value]) => `${name}=${quoted(value)}`)
    .join(', ');
}
