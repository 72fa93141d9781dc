import type { CrdsHomeInstrument, CrdsHomeType } from '@orrery/contracts/crds';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import type { Observatory } from '../observatory/observatory.ts';
import { perCore } from '../per-core.ts';
import { Dict, isSpecial, type Mapping, Tuple } from '../rules/index.ts';
import { countDistinctReferences, countReferences, type RmapCounts } from './context-tree.store.ts';
import { mappingNamed, mappingsNamed } from './mapping-text.ts';

/** What a context leads to, by instrument and type. */
export interface ContextTree {
  context: string;
  /** Header parameter that names the instrument. */
  instrumentKey: string;
  mappings: number;
  references: number;
  instruments: CrdsHomeInstrument[];
}

/** Trees that a process keeps; each has some hundred lines. */
const mostKept = 40;
const kept = perCore(() => new Map<string, Promise<ContextTree>>());

/**
 * The tree of a context, kept while nothing of the observatory changes. Throws `crds.context-not-whole` for an imap or
 * rmap, `crds.file-absent`, `crds.mapping-unreadable`.
 */
export function contextTree(core: Core, observatory: Observatory, context: string): Promise<ContextTree> {
  const trees = kept(core);
  const key = `${observatory.observatory} ${observatory.version} ${context}`;
  const known = trees.get(key);
  if (known !== undefined) {
    // Whatever was asked for longest ago is the first to go.
    trees.delete(key);
    trees.set(key, known);
    return known;
  }
  const tree = readTree(core, observatory.observatory, context);
  trees.set(key, tree);
  tree.catch(() => trees.delete(key));
  const [eldest] = trees.keys();
  if (trees.size > mostKept && eldest !== undefined) trees.delete(eldest);
  return tree;
}

async function readTree(core: Core, observatory: string, context: string): Promise<ContextTree> {
  if (!context.endsWith('.pmap')) throw notWhole(context);
  const pmap = await mappingNamed(core, observatory, context);
  const members = entriesOf(pmap);
  const imaps = await mappingsNamed(
    core,
    observatory,
    members.flatMap(([, value]) => (isSpecial(value) ? [] : [value])),
  );
  const rmaps = [...imaps.values()].flatMap((imap) =>
    entriesOf(imap).flatMap(([, value]) => (isSpecial(value) ? [] : [value])),
  );
  const [counts, references] = await Promise.all([
    countReferences(core.db.sql, observatory, rmaps),
    countDistinctReferences(core.db.sql, observatory, rmaps),
  ]);
  return {
    context,
    instrumentKey: instrumentKeyOf(pmap),
    mappings: new Set([context, ...imaps.keys(), ...rmaps]).size,
    references,
    instruments: members.map(([key, value]) => instrumentOf(key, value, imaps.get(value), counts)),
  };
}

/** Keys with a file or a special word, by key in lower case. */
function entriesOf({ selector }: Mapping): Array<[key: string, value: string]> {
  if (!(selector instanceof Dict)) return [];
  const entries = new Map<string, string>();
  for (const [key, value] of selector.entries)
    if (typeof key === 'string' && typeof value === 'string') entries.set(key.toLowerCase(), value);
  return [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function instrumentOf(
  instrument: string,
  value: string,
  imap: Mapping | undefined,
  counts: ReadonlyMap<string, RmapCounts>,
): CrdsHomeInstrument {
  const types = imap === undefined ? [] : entriesOf(imap).map(([type, rmap]) => typeOf(type, rmap, counts));
  return {
    instrument,
    imap: isSpecial(value) ? null : value,
    special: isSpecial(value) ? value : null,
    references: types.reduce((sum, { references }) => sum + references, 0),
    types,
  };
}

function typeOf(type: string, value: string, counts: ReadonlyMap<string, RmapCounts>): CrdsHomeType {
  const { references = 0, bad = 0, newest = null, newestAt = null } = counts.get(value) ?? {};
  return {
    type,
    rmap: isSpecial(value) ? null : value,
    special: isSpecial(value) ? value : null,
    references,
    newest: newest === null ? null : { name: newest, activatedAt: newestAt?.toISOString() ?? null },
    bad,
  };
}

/** The first member of the pmap's `parkey`. */
function instrumentKeyOf({ header }: Mapping): string {
  const parkey = header.get('parkey');
  const [first] = parkey instanceof Tuple ? parkey.items : [parkey];
  return typeof first === 'string' ? first.toUpperCase() : 'INSTRUME';
}

function notWhole(name: string): AppError {
  return new AppError('invalid', 'crds.context-not-whole', `${name} is no context, but a part of one.`, {
    next: 'Name a .pmap, or a context such as "hst-latest".',
  });
}
