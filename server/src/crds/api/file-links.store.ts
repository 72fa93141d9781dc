import Type from 'typebox';
import type { Sql } from '../../core/db/index.ts';
import { closureQuery } from '../catalogue/closure.store.ts';
import type { CatalogueFile } from '../catalogue/file.ts';
import { nameCondition } from '../catalogue/name-condition.ts';
import type { Cursor } from './cursor.ts';

/** A file that is named; everything but the name is null when the catalogue does not have it. */
export interface Link {
  name: string;
  kind: CatalogueFile['kind'] | null;
  state: CatalogueFile['state'] | null;
  rejected: boolean;
  blacklisted: boolean;
  instrument: string | null;
  filekind: string | null;
  addedAt: Date | null;
}

export interface LinkQuestion {
  observatory: string;
  name: string;
  /** Files that it names, or mappings that name it. */
  way: 'uses' | 'used-by';
  /** Also through others. */
  deep: boolean;
  text?: string;
  unconfirmed: boolean;
}

export const LinkPlace = Type.String({ maxLength: 128 });

/** Names along the use of files, one page; one row more than `limit` tells that there are more. `total` counts all. */
export async function listLinks(
  sql: Sql,
  question: LinkQuestion,
  limit: number,
  from?: Cursor<string>,
): Promise<{ rows: Link[]; total: number }> {
  const { observatory, name, way, text, unconfirmed } = question;
  const goesNewer = from?.direction === 'newer';
  // What uses a file is read from the newest name on, what it uses from the first.
  const isDescending = (way === 'used-by') !== goesNewer;
  const order = isDescending ? sql`order by name desc` : sql`order by name`;
  const beyond =
    from === undefined
      ? sql``
      : isDescending
        ? sql`where name < ${from.place}`
        : sql`where name > ${from.place}`;
  const rows = await sql<Array<Link & { total: number }>>`
    with recursive ${linked(sql, question)},
    wanted as materialized (
      select l.name from linked l
      where l.name <> ${name} ${text === undefined ? sql`` : sql`and ${nameCondition(sql, sql`l.name`, text)}`}
        ${unconfirmed ? sql`` : sql`and not exists (${hidden(sql, observatory)} and f.name = l.name)`}),
    page as materialized (select name from wanted ${beyond} ${order} limit ${limit + 1})
    select p.name, f.kind, f.state, coalesce(f.rejected, false) as rejected,
      coalesce(f.blacklisted, false) as blacklisted, f.instrument, f.filekind, f.added_at,
      (select count(*) from wanted) as total
    from page p left join crds.file f on f.observatory = ${observatory} and f.name = p.name ${order}`;
  const links = rows.map(({ total: _total, ...link }) => link);
  return { rows: goesNewer ? links.reverse() : links, total: rows[0]?.total ?? 0 };
}

/** Files that nobody has confirmed; few, and found by their index. */
function hidden(sql: Sql, observatory: string) {
  return sql`select from crds.file f where f.observatory = ${observatory} and f.state = 'uploaded'`;
}

/** The table `linked(name)`. */
function linked(sql: Sql, { observatory, name, way, deep }: LinkQuestion) {
  if (way === 'uses')
    return deep
      ? sql`${closureQuery(sql, observatory, name)}, linked(name) as (select name from reached)`
      : sql`linked(name) as (
          select used from crds.mapping_use where observatory = ${observatory} and mapping = ${name})`;
  return deep
    ? sql`linked(name) as (
        select ${name}::text collate "C"
        union
        select u.mapping from linked s
        join crds.mapping_use u on u.observatory = ${observatory} and u.used = s.name)`
    : sql`linked(name) as (
        select mapping from crds.mapping_use where observatory = ${observatory} and used = ${name})`;
}

/** How a file stands in the contexts. */
export interface InContexts {
  count: number;
  /** By serial number. */
  first: string | null;
  last: string | null;
  isInLatest: boolean;
  isInEdit: boolean;
}

/** Contexts that lead to a file; a context does not lead to itself. Contexts are found by the index of kinds. */
export async function contextsLeadingTo(
  sql: Sql,
  {
    observatory,
    latestContext,
    editContext,
  }: { observatory: string; latestContext: string | null; editContext: string | null },
  name: string,
): Promise<InContexts> {
  const [row] = await sql<InContexts[]>`
    with recursive ${linked(sql, { observatory, name, way: 'used-by', deep: true, unconfirmed: false })}
    select count(*) as count, (array_agg(f.name order by f.serial, f.name))[1] as first,
      (array_agg(f.name order by f.serial desc, f.name desc))[1] as last,
      coalesce(bool_or(f.name = ${latestContext}), false) as is_in_latest,
      coalesce(bool_or(f.name = ${editContext}), false) as is_in_edit
    from linked l join crds.file f on f.observatory = ${observatory} and f.name = l.name
    where right(l.name, 5) = '.pmap' and l.name <> ${name} and f.state <> 'uploaded'
      and f.kind = 'mapping' and f.instrument is null and f.filekind is null`;
  return row ?? { count: 0, first: null, last: null, isInLatest: false, isInEdit: false };
}

/** How many files it names, and how many mappings name it. */
export async function countUses(
  sql: Sql,
  observatory: string,
  name: string,
): Promise<{ uses: number; usedBy: number }> {
  const [row] = await sql<{ uses: number; usedBy: number }[]>`
    select (select count(*) from crds.mapping_use where observatory = ${observatory} and mapping = ${name}) as uses,
      (select count(*) from crds.mapping_use where observatory = ${observatory} and used = ${name}) as used_by`;
  return row ?? { uses: 0, usedBy: 0 };
}
