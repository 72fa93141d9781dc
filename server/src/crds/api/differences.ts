import type { CrdsDifferenceRow, CrdsDifferences, CrdsDifferentFile } from '@orrery/contracts/crds';
import type { Core } from '../../core/core.ts';
import { closureOf } from '../catalogue/files.store.ts';
import { perCore } from '../per-core.ts';
import { differences } from '../rules/index.ts';
import { parseMappingName } from '../rules/names.ts';
import { apiDifference, filesOfMessage } from './difference.wire.ts';
import { mappingNamed } from './mapping-text.ts';

/** What differs between two mappings. Files never change, so this never does either. */
export interface Compared {
  summary: Omit<CrdsDifferences, 'tookMs'>;
  rows: CrdsDifferenceRow[];
}

/** Rows of comparisons that a process keeps, all together. */
const mostRows = 100_000;
const kept = perCore(() => new Map<string, Promise<Compared>>());

/** Compares two mappings by their names. Throws what reading them throws. */
export function compareMappings(
  core: Core,
  observatory: string,
  old: string,
  current: string,
): Promise<Compared> {
  const comparisons = kept(core);
  const key = `${observatory} ${old} ${current}`;
  const known = comparisons.get(key);
  if (known !== undefined) return known;
  const comparison = inTurn(core, () => compare(core, observatory, old, current));
  comparisons.set(key, comparison);
  comparison.then(
    () => forgetEldest(comparisons),
    () => comparisons.delete(key),
  );
  return comparison;
}

/** Comparisons of distant contexts read hundreds of rules: no more than these are under way in a process. */
const mostAtOnce = 2;
const turns = perCore(() => ({ free: mostAtOnce, waiting: [] as Array<() => void> }));

async function inTurn<T>(core: Core, work: () => Promise<T>): Promise<T> {
  const line = turns(core);
  if (line.free > 0) line.free -= 1;
  else await new Promise<void>((resolve) => line.waiting.push(resolve));
  try {
    return await work();
  } finally {
    const next = line.waiting.shift();
    // The place is handed on, or given back.
    if (next === undefined) line.free += 1;
    else next();
  }
}

async function forgetEldest(comparisons: Map<string, Promise<Compared>>): Promise<void> {
  let rows = 0;
  for (const [key, comparison] of [...comparisons].toReversed()) {
    const size = await comparison.then(
      (one) => one.rows.length + 1000,
      () => 0,
    );
    rows += size;
    if (rows > mostRows && size < rows) comparisons.delete(key);
  }
}

async function compare(core: Core, observatory: string, old: string, current: string): Promise<Compared> {
  const read = (name: string) => mappingNamed(core, observatory, name);
  const found = await differences(await read(old), await read(current), read);
  const rows = found.map(apiDifference);
  const [before, after] = await Promise.all([
    closureOf(core.db.sql, observatory, old),
    closureOf(core.db.sql, observatory, current),
  ]);
  const formerly = new Set(before.references);
  const now = new Set(after.references);
  return {
    rows,
    summary: {
      old,
      new: current,
      files: differentFiles(old, current, rows),
      total: rows.length,
      referencesAdded: after.references.filter((name) => !formerly.has(name)).length,
      referencesDeleted: before.references.filter((name) => !now.has(name)).length,
    },
  };
}

const kindOrder = ['pmap', 'imap', 'rmap'];

/** The pairs of mappings that differ, with what is different in each itself. */
function differentFiles(
  old: string,
  current: string,
  rows: readonly CrdsDifferenceRow[],
): CrdsDifferentFile[] {
  const files = new Map<string, CrdsDifferentFile>();
  const fileOf = (pair: { old: string | null; new: string | null }): CrdsDifferentFile => {
    const key = JSON.stringify([pair.old, pair.new]);
    const known = files.get(key);
    if (known !== undefined) return known;
    const name = parseMappingName(pair.new ?? pair.old ?? '');
    const file = {
      ...pair,
      instrument: name?.instrument ?? null,
      type: name?.filekind ?? null,
      added: 0,
      deleted: 0,
      replaced: 0,
      other: 0,
    };
    files.set(key, file);
    return file;
  };
  fileOf({ old, new: current });
  for (const row of rows) {
    for (const pair of row.files) fileOf(pair);
    fileOf(row.files.at(-1) ?? { old, new: current })[row.change] += 1;
    const named = filesOfMessage(row.message);
    if (named !== null) fileOf(named);
  }
  const rank = ({ new: name, old: former }: CrdsDifferentFile) =>
    kindOrder.indexOf((name ?? former ?? '').split('.').at(-1) ?? '');
  return [...files.values()].toSorted(
    (a, b) => rank(a) - rank(b) || ((a.new ?? a.old ?? '') < (b.new ?? b.old ?? '') ? -1 : 1),
  );
}
