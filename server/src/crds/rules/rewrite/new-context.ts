import { Dict, type Literal } from '../literal.ts';
import { type Mapping, mappingOf } from '../mapping.ts';
import { parseMappingName } from '../names.ts';
import { quoted, textOf } from '../python-text.ts';
import { renderMapping } from '../render.ts';
import { isSpecial } from '../specials.ts';
import { traitsOf } from '../traits.ts';
import { compareText } from '../values.ts';
import { RuleUpdateError } from './rule-key.ts';

/** One change of an imap: a type gets an rmap, or none because it does not apply. */
interface TypeUpdate {
  readonly instrument: string;
  readonly filekind: string;
  /** Name of the rmap, or `N/A`. */
  readonly value: string;
}

/**
 * Which imaps of a context new rmaps belong to (crds 13.2.7, `get_update_map`).
 * @param updates names of rmaps, or `<instrument>_<type>_n/a` for a type that does not apply any more.
 * @throws {RuleUpdateError} for a name that is none, one given twice, and an instrument the context does not have.
 */
export function updatesByImap(pmap: Mapping, updates: readonly string[]): Map<string, string[]> {
  const byImap = new Map<string, string[]>();
  for (const update of [...updates].sort(compareText)) {
    const { instrument } = readUpdate(update);
    const imap = imapOf(pmap, instrument);
    const known = byImap.get(imap) ?? [];
    if (known.includes(update)) throw new RuleUpdateError(`${quoted(update)} is there twice`);
    byImap.set(imap, [...known, update]);
  }
  return byImap;
}

/**
 * The texts of a new context (crds 13.2.7): copies of a pmap and of the imaps that change, with new rmaps in place of
 * those of the same type, new names and where they are derived from. By new name, the pmap first.
 * @param newNames the new names of the pmap and of every imap that changes, by their old ones.
 * @throws {RuleUpdateError}
 */
export function newContext(
  pmap: Mapping,
  updates: readonly string[],
  newNames: ReadonlyMap<string, string>,
  read: (name: string) => Mapping,
): Map<string, string> {
  const nameFor = (old: string): string => {
    const name = newNames.get(old);
    if (name === undefined) throw new RuleUpdateError(`no new name for ${quoted(old)}`);
    return name;
  };
  const { instrumentCase, typeCase } = traitsOf(textOf(pmap.header.get('observatory') ?? ''));
  const imaps: [name: string, text: string][] = [];
  const changes: [key: string, value: string][] = [];
  for (const [old, ofImap] of updatesByImap(pmap, updates)) {
    const types = ofImap.map(readUpdate);
    const name = nameFor(old);
    imaps.push([
      name,
      rewritten(
        read(old),
        name,
        types.map(({ filekind, value }) => [filekind, value]),
        typeCase,
      ),
    ]);
    changes.push([types[0]?.instrument ?? '', name]);
  }
  const name = nameFor(pmap.name);
  return new Map([[name, rewritten(pmap, name, changes, instrumentCase)], ...imaps]);
}

function readUpdate(update: string): TypeUpdate {
  const special = /^([a-z0-9]{1,17})_([a-z0-9-]{1,33})_n\/a$/i.exec(update);
  if (special !== null) {
    const [, instrument = '', filekind = ''] = special;
    return { instrument: instrument.toLowerCase(), filekind: filekind.toLowerCase(), value: 'N/A' };
  }
  const name = parseMappingName(update);
  if (name?.kind !== 'rmap')
    throw new RuleUpdateError(`neither an rmap nor a type to set to n/a: ${quoted(update)}`);
  return { instrument: name.instrument ?? '', filekind: name.filekind ?? '', value: update };
}

function imapOf(pmap: Mapping, instrument: string): string {
  const { selector } = pmap;
  const entries = selector instanceof Dict ? selector.entries : [];
  const value = entries.find(([key]) => textOf(key).toLowerCase() === instrument)?.[1];
  if (typeof value === 'string' && !isSpecial(value)) return value;
  throw new RuleUpdateError(`${quoted(pmap.name)} has no imap for ${quoted(instrument)}`);
}

function rewritten(
  mapping: Mapping,
  name: string,
  changes: readonly (readonly [key: string, value: string])[],
  keyCase: 'upper' | 'lower',
): string {
  const { selector } = mapping;
  if (!(selector instanceof Dict)) throw new RuleUpdateError(`${quoted(mapping.name)} is no context`);
  const entries = new Map<string, readonly [Literal, Literal]>();
  for (const entry of selector.entries) entries.set(textOf(entry[0]).toLowerCase(), entry);
  for (const [key, value] of changes) {
    const lower = key.toLowerCase();
    const written = entries.get(lower)?.[0] ?? (keyCase === 'upper' ? key.toUpperCase() : lower);
    entries.set(lower, [written, value]);
  }
  return renderMapping(derivedMapping({ ...mapping, selector: new Dict([...entries.values()]) }, name));
}

/** A mapping as a new version of itself: named so, and derived from its old name. */
export function derivedMapping(mapping: Mapping, name: string): Mapping {
  const header = new Map(mapping.writtenHeader).set('derived_from', mapping.name).set('name', name);
  return mappingOf(mapping.kind, header, mapping.comment, mapping.selector);
}
