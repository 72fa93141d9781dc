import Type, { type Static } from 'typebox';
import type { Sql } from '../../core/db/index.ts';
import type { CatalogueFile, FileKind, FilePlace, FileState } from '../catalogue/file.ts';
import { fileColumns } from '../catalogue/files.store.ts';
import { fileNameCondition } from '../catalogue/name-condition.ts';
import type { Cursor } from './cursor.ts';

/** What is asked of a list of files; absent = met by all. */
export interface FileListFilter {
  kind?: FileKind;
  /** End of the name of a mapping. */
  mapping?: 'pmap' | 'imap' | 'rmap';
  instrument?: string;
  type?: string;
  states?: readonly FileState[];
  places?: readonly FilePlace[];
  bad?: boolean;
  /** See `fileNameCondition`. */
  text?: string;
  addedAfter?: Date;
  addedBefore?: Date;
  /** Also files of submissions that nobody has confirmed. */
  unconfirmed: boolean;
}

export type FileOrder = 'name' | 'newest';

/** A place in the list: milliseconds of the entry in the catalogue (0 in order of names), and the name. */
export const FilePlaceInList = Type.Tuple([
  Type.Integer({ minimum: 0, maximum: 253_402_300_799_999 }),
  Type.String({ maxLength: 128 }),
]);
export type FilePlaceInList = Static<typeof FilePlaceInList>;

export function placeInList(order: FileOrder, { addedAt, name }: CatalogueFile): FilePlaceInList {
  return [order === 'name' ? 0 : addedAt.getTime(), name];
}

/** Files beyond a place, in the order of the list; one row more than `limit` tells that there are more. */
export async function listFilePage(
  sql: Sql,
  observatory: string,
  filter: FileListFilter,
  order: FileOrder,
  limit: number,
  from?: Cursor<FilePlaceInList>,
): Promise<CatalogueFile[]> {
  const goesNewer = from?.direction === 'newer';
  const rows = await sql<CatalogueFile[]>`
    select ${fileColumns(sql)} from crds.file f
    where ${listConditions(sql, observatory, filter)} ${beyond(sql, order, from)}
    order by ${orderBy(sql, order, goesNewer)} limit ${limit + 1}`;
  return goesNewer ? rows.reverse() : rows;
}

function orderBy(sql: Sql, order: FileOrder, goesNewer: boolean) {
  if (order === 'name') return goesNewer ? sql`f.name desc` : sql`f.name`;
  return goesNewer ? sql`f.added_at, f.name` : sql`f.added_at desc, f.name desc`;
}

function beyond(sql: Sql, order: FileOrder, from: Cursor<FilePlaceInList> | undefined) {
  if (from === undefined) return sql``;
  const { direction } = from;
  const [addedMs, name] = from.place;
  if (order === 'name') return direction === 'older' ? sql`and f.name > ${name}` : sql`and f.name < ${name}`;
  const at = new Date(addedMs);
  return direction === 'older'
    ? sql`and (f.added_at, f.name) < (${at}, ${name})`
    : sql`and (f.added_at, f.name) > (${at}, ${name})`;
}

/** Files of equal properties, counted. */
export interface FileGroup {
  kind: FileKind;
  state: FileState;
  place: FilePlace;
  instrument: string | null;
  filekind: string | null;
  isBad: boolean;
  files: number;
}

/** In one pass over the files that meet the filter. */
export async function groupFiles(
  sql: Sql,
  observatory: string,
  filter: FileListFilter,
): Promise<FileGroup[]> {
  return await sql<FileGroup[]>`
    select f.kind, f.state, f.place, f.instrument, f.filekind, f.rejected or f.blacklisted as is_bad,
      count(*) as files
    from crds.file f where ${listConditions(sql, observatory, filter)}
    group by 1, 2, 3, 4, 5, 6`;
}

function listConditions(sql: Sql, observatory: string, filter: FileListFilter) {
  const { kind, mapping, instrument, type, states, places, bad, text, addedAfter, addedBefore } = filter;
  const parts = [
    sql`f.observatory = ${observatory}`,
    filter.unconfirmed ? null : sql`f.state <> 'uploaded'`,
    kind === undefined ? null : sql`f.kind = ${kind}`,
    mapping === undefined ? null : sql`right(f.name, 5) = ${`.${mapping}`}`,
    instrument === undefined ? null : sql`f.instrument = ${instrument}`,
    type === undefined ? null : sql`f.filekind = ${type}`,
    states === undefined ? null : sql`f.state = any(${[...states]}::text[])`,
    places === undefined ? null : sql`f.place = any(${[...places]}::text[])`,
    bad === undefined ? null : sql`(f.rejected or f.blacklisted) = ${bad}`,
    text === undefined ? null : fileNameCondition(sql, text),
    addedAfter === undefined ? null : sql`f.added_at >= ${addedAfter}`,
    addedBefore === undefined ? null : sql`f.added_at < ${addedBefore}`,
  ];
  return parts.filter((part) => part !== null).reduce((all, part) => sql`${all} and ${part}`);
}
