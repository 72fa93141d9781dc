import type { Sql } from '../../core/db/index.ts';
import type { NewFile } from '../catalogue/file.ts';
import { isFileName } from '../catalogue/file-name.ts';
import { addFiles } from '../catalogue/files.store.ts';
import { type ImportRun, noteProblem } from './import-run.ts';
import type { Expected } from './place-file.ts';

/** Names asked for, and entered, at once. */
const together = 5000;
/** Mappings without one of theirs, as they are told one by one. */
const toldMappings = 100;

/**
 * Enters references that mappings name, or that the cache's server knew, and whose bytes are not here: recommendations
 * name them, so the catalogue has them, with size and sum where those are known.
 */
export async function registerNamed(run: ImportRun, known: ReadonlyMap<string, Expected>): Promise<number> {
  const { core, observatory } = run;
  let registered = 0;
  for await (const named of unknownReferences(core.db.sql, observatory)) {
    const files = named.filter(({ name }) => isNamable(run, name));
    registered += await enter(
      run,
      files.map((file) => ({ ...file, ...known.get(file.name) })),
    );
  }
  const listed = [...known].filter(([name]) => !/\.[pir]map$/.test(name));
  for (let at = 0; at < listed.length; at += together) {
    const files = listed.slice(at, at + together).map(([name, expected]) => ({ name, ...expected }));
    registered += await enter(run, files);
  }
  return registered;
}

async function enter(run: ImportRun, files: readonly NewFile[]): Promise<number> {
  const rows = files.map(
    (file): NewFile => ({ ...file, kind: 'reference', state: 'archived', place: 'absent' }),
  );
  const { added, different } = await run.core.db.transaction((tx) => addFiles(tx, run.observatory, rows));
  for (const name of different) {
    const message = 'the server of the cache says another size or sum of it than the catalogue';
    noteProblem(run, { severity: 'warning', path: name, message });
  }
  return added.length;
}

function isNamable(run: ImportRun, name: string): boolean {
  if (isFileName(name)) return true;
  noteProblem(run, {
    severity: 'warning',
    path: name.slice(0, 200),
    message: 'is named by a rule, but is no name of a file',
  });
  return false;
}

interface NamedReference {
  name: string;
  instrument: string | null;
  filekind: string | null;
}

function unknownReferences(sql: Sql, observatory: string): AsyncIterable<NamedReference[]> {
  return sql<NamedReference[]>`
    select u.used as name, min(m.instrument) as instrument,
      case when count(distinct m.filekind) = 1 then min(m.filekind) end as filekind
    from crds.mapping_use u join crds.file m on m.observatory = u.observatory and m.name = u.mapping
    where u.observatory = ${observatory} and u.used !~ '\\.[pir]map$'
      and not exists (select from crds.file f where f.observatory = u.observatory and f.name = u.used)
    group by u.used`.cursor(together);
}

/** Tells which mappings name mappings that are not here: contexts over them cannot be used. */
export async function tellMissingMappings(run: ImportRun): Promise<number> {
  const rows = await run.core.db.sql<{ mapping: string; used: string; total: number }[]>`
    select u.mapping, min(u.used) as used, (count(*) over ())::int as total
    from crds.mapping_use u join crds.file m on m.observatory = u.observatory and m.name = u.mapping
    where u.observatory = ${run.observatory} and u.used ~ '\\.[pir]map$'
      and not exists (
        select from crds.file f where f.observatory = u.observatory and f.name = u.used and f.place <> 'absent')
    group by u.mapping order by u.mapping limit ${toldMappings}`;
  for (const { mapping, used } of rows) {
    noteProblem(run, { severity: 'warning', path: mapping, message: `names ${used}, which is not here` });
  }
  return rows[0]?.total ?? 0;
}
