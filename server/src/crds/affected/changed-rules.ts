import { isSelector, isSpecial, type Literal, type Mapping, type Selector } from '../rules/index.ts';
import { isSameLiteral, keyIdentity } from '../rules/key-identity.ts';
import { Dict } from '../rules/literal.ts';
import { parameterLevels } from '../rules/parameters.ts';
import { textOf } from '../rules/python-text.ts';

/** A type whose rules differ between two contexts. */
export interface Touched {
  instrument: string;
  type: string;
  /** Earlier exposures get the same files from both, `YYYY-MM-DD HH:MM:SS`; null: any exposure may be affected. */
  since: string | null;
}

/** Gives the mapping of a name; rejects when there is none. */
export type ReadMapping = (name: string) => Promise<Mapping>;

/**
 * Types whose rules differ between two contexts, by instrument and type. Differences of names, headers and comments
 * alone do not count (crds 13.2.7). Mappings that both contexts lead to are not read.
 */
export async function touchedTypes(before: Mapping, after: Mapping, read: ReadMapping): Promise<Touched[]> {
  const touched: Touched[] = [];
  for (const [instrument, oldImap, newImap] of changedEntries(entriesOf(before), entriesOf(after))) {
    const old = await entriesBelow(oldImap, read);
    const current = await entriesBelow(newImap, read);
    for (const [type, oldRmap, newRmap] of changedEntries(old, current)) {
      const change = await compareTypes(oldRmap, newRmap, read);
      if (change !== null) touched.push({ instrument, type, since: change.since });
    }
  }
  return touched.sort((a, b) => compare(a.instrument, b.instrument) || compare(a.type, b.type));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

type Entries = ReadonlyMap<string, string>;

/** What a pmap or an imap leads to, by lower-case key. */
function entriesOf({ selector }: Mapping): Entries {
  if (!(selector instanceof Dict)) return new Map();
  return new Map(selector.entries.map(([key, value]) => [textOf(key).toLowerCase(), textOf(value)]));
}

async function entriesBelow(name: string | undefined, read: ReadMapping): Promise<Entries> {
  return name === undefined || isSpecial(name) ? new Map() : entriesOf(await read(name));
}

/** Keys that lead elsewhere, with where to; undefined for a side that does not have the key. */
function* changedEntries(
  before: Entries,
  after: Entries,
): Generator<[key: string, old: string | undefined, current: string | undefined]> {
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const [old, current] = [before.get(key), after.get(key)];
    if (old !== current) yield [key, old, current];
  }
}

/** Null when both give the same answers. */
async function compareTypes(
  old: string | undefined,
  current: string | undefined,
  read: ReadMapping,
): Promise<{ since: string | null } | null> {
  if (old === undefined || current === undefined || isSpecial(old) || isSpecial(current)) {
    return { since: null };
  }
  return changedRules(await read(old), await read(current));
}

/** Entries of a header that decide, beside the rules, what is answered. */
const deciding = [
  ...[
    'rmap_relevance',
    'rmap_omit',
    'parkey_relevance',
    'comment_parkeys',
    'reffile_required',
    'reffile_switch',
  ],
  ...['substitutions', 'merge_overlaps', 'hooks', 'extra_keys', 'parkey'],
];

/**
 * From when on two rmaps may give different answers; null when they have the same rules. When their headers decide
 * differently as well, no date is safe.
 */
export function changedRules(before: Mapping, after: Mapping): { since: string | null } | null {
  if (!isSelector(before.selector) || !isSelector(after.selector)) return { since: null };
  const levels = [parameterLevels(before), parameterLevels(after)] as const;
  const changes = new Changes();
  if (JSON.stringify(levels[0]) !== JSON.stringify(levels[1])) changes.note(null);
  else changes.compare(before.selector, after.selector);
  const decideAlike = deciding.every((key) =>
    isSameLiteral(before.header.get(key) ?? null, after.header.get(key) ?? null),
  );
  return changes.found === null || decideAlike ? changes.found : { since: null };
}

/** Collects when the rules that differ begin to apply. */
class Changes {
  found: { since: string | null } | null = null;

  note(date: string | null): void {
    if (this.found === null) this.found = { since: date };
    else if (this.found.since !== null && (date === null || date < this.found.since)) {
      this.found = { since: date };
    }
  }

  compare(before: Selector, after: Selector): void {
    if (before.selector !== after.selector) {
      this.note(null);
      return;
    }
    const old = byKey(before);
    const current = byKey(after);
    for (const [identity, { key, value }] of old) {
      const counterpart = current.get(identity);
      if (counterpart === undefined) this.whole(before, key, value);
      else this.values(before, key, value, counterpart.value);
    }
    for (const [identity, { key, value }] of current) if (!old.has(identity)) this.whole(after, key, value);
  }

  /** Two rules with one key. */
  values(selector: Selector, key: Literal, old: Selector | Literal, current: Selector | Literal): void {
    if (isSelector(old) && isSelector(current)) {
      if (selector.selector !== 'UseAfter') {
        this.compare(old, current);
        return;
      }
      const below = new Changes();
      below.compare(old, current);
      // What stands below a date applies from that date on.
      if (below.found !== null) this.note(dateOf(key));
      return;
    }
    if (!isSelector(old) && !isSelector(current) && isSameLiteral(old, current)) return;
    if (selector.selector === 'UseAfter') this.note(dateOf(key));
    else this.note(null);
  }

  /** A rule that is new or gone with all below it. */
  whole(selector: Selector, key: Literal, value: Selector | Literal): void {
    if (selector.selector === 'UseAfter') this.note(dateOf(key));
    else if (isSelector(value) && value.entries.length > 0) {
      for (const entry of value.entries) this.whole(value, entry.key, entry.value);
    } else this.note(null);
  }
}

function byKey({ entries }: Selector): Map<string | number | undefined, Selector['entries'][number]> {
  return new Map(entries.map((entry) => [keyIdentity(entry.key), entry]));
}

/**
 * A key of dates as the lookup compares it, as text. What does not begin as our dates do may come before all of them:
 * null.
 */
function dateOf(key: Literal): string | null {
  const text = textOf(key).trim();
  return /^[12]\d{3}-\d\d-\d\d/.test(text) ? text : null;
}
