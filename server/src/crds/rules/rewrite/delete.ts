import { Dict, Tuple } from '../literal.ts';
import { type Entry, isSelector, type Mapping, mappingOf, type Selector } from '../mapping.ts';
import { quoted } from '../python-text.ts';
import { filesOf } from '../uses.ts';
import { RuleUpdateError } from './rule-key.ts';

/**
 * Removes every rule that leads to a file, and the rules above that lead nowhere then.
 * @throws {RuleUpdateError} when there is none.
 */
export function deleteReference(mapping: Mapping, file: string): Mapping {
  if (!isSelector(mapping.selector)) throw new RuleUpdateError('references are deleted from an rmap only');
  const removed = { count: 0 };
  const selector = without(mapping.selector, file, removed);
  if (removed.count === 0) throw new RuleUpdateError(`no rule leads to ${quoted(file)} alone`);
  const { kind, writtenHeader, comment } = mapping;
  const updated = mappingOf(kind, writtenHeader, comment, selector);
  if (filesOf(updated).includes(file)) {
    throw new RuleUpdateError(`${quoted(file)} is also one of several files of a rule; edit that rule`);
  }
  return updated;
}

function without(selector: Selector, file: string, removed: { count: number }): Selector {
  const entries: Entry[] = [];
  for (const entry of selector.entries) {
    const { value } = entry;
    if (value === file) removed.count++;
    else if (isSelector(value)) {
      const inner = without(value, file, removed);
      if (leadsSomewhere(inner)) entries.push({ ...entry, value: inner });
    } else entries.push(entry);
  }
  return { ...selector, entries };
}

function leadsSomewhere({ entries }: Selector): boolean {
  return entries.some(({ value }) => {
    if (isSelector(value)) return leadsSomewhere(value);
    if (value instanceof Tuple) return value.items.length > 0;
    return !(value instanceof Dict) || value.entries.length > 0;
  });
}
