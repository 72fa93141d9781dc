import type { CrdsContextKind } from '@orrery/contracts/crds';
import Type, { type Static } from 'typebox';
import type { Sql } from '../../core/db/index.ts';
import type { CatalogueFile } from '../catalogue/file.ts';
import { nameCondition } from '../catalogue/name-condition.ts';
import type { Cursor } from './cursor.ts';

/** A context with what it is and was. */
export type ContextRow = Pick<
  CatalogueFile,
  | 'name'
  | 'serial'
  | 'state'
  | 'derivedFrom'
  | 'rejected'
  | 'blacklisted'
  | 'badReason'
  | 'deliveredAt'
  | 'addedAt'
> & {
  latestAt: Date | null;
  description: string | null;
  builds: string[];
};

export interface ContextListFilter {
  text?: string;
  /** Contexts that were or are latest, or that never were. */
  wasLatest?: boolean;
  bad?: boolean;
  unconfirmed: boolean;
}

/** Serial number and name. */
export const ContextPlace = Type.Tuple([
  Type.Integer({ minimum: -1, maximum: 2_147_483_647 }),
  Type.String({ maxLength: 128 }),
]);
export type ContextPlace = Static<typeof ContextPlace>;

/** Contexts beyond a place, the newest serial number first; one row more than `limit` tells that there are more. */
export async function listContextPage(
  sql: Sql,
  observatory: string,
  filter: ContextListFilter,
  limit: number,
  from?: Cursor<ContextPlace>,
): Promise<ContextRow[]> {
  const goesNewer = from?.direction === 'newer';
  const beyond = from === undefined ? sql`` : beyondPlace(sql, from);
  const rows = await sql<ContextRow[]>`
    select ${contextColumns(sql)} from ${contextTables(sql)}
    where ${listConditions(sql, observatory, filter)} ${beyond}
    order by ${goesNewer ? sql`f.serial, f.name` : sql`f.serial desc, f.name desc`} limit ${limit + 1}`;
  return goesNewer ? rows.reverse() : rows;
}

function beyondPlace(sql: Sql, { direction, place: [serial, name] }: Cursor<ContextPlace>) {
  return direction === 'newer'
    ? sql`and (f.serial, f.name) > (${serial}, ${name})`
    : sql`and (f.serial, f.name) < (${serial}, ${name})`;
}

export async function countContexts(
  sql: Sql,
  observatory: string,
  filter: ContextListFilter,
): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*) as count from ${contextTables(sql)} where ${listConditions(sql, observatory, filter)}`;
  return row?.count ?? 0;
}

/** One context; null when there is none of this name, or nobody has confirmed it and `unconfirmed` is false. */
export async function contextRow(
  sql: Sql,
  observatory: string,
  name: string,
  unconfirmed: boolean,
): Promise<ContextRow | null> {
  const [row] = await sql<ContextRow[]>`
    select ${contextColumns(sql)} from ${contextTables(sql)}
    where ${listConditions(sql, observatory, { unconfirmed })} and f.name = ${name}`;
  return row ?? null;
}

/** The contexts with the nearest serial numbers. */
export async function neighboursOf(
  sql: Sql,
  observatory: string,
  { serial, name, derivedFrom }: ContextRow,
): Promise<{ older: string | null; newer: string | null }> {
  const confirmed = { unconfirmed: false };
  const [row] = await sql<{ parent: string | null; older: string | null; newer: string | null }[]>`
    select
      (select f.name from crds.file f
       where ${listConditions(sql, observatory, confirmed)} and f.name = ${derivedFrom}) as parent,
      (select f.name from crds.file f
       where ${listConditions(sql, observatory, confirmed)} and (f.serial, f.name) < (${serial}, ${name})
       order by f.serial desc, f.name desc limit 1) as older,
      (select f.name from crds.file f
       where ${listConditions(sql, observatory, confirmed)} and (f.serial, f.name) > (${serial}, ${name})
       order by f.serial, f.name limit 1) as newer`;
  return { older: row?.parent ?? row?.older ?? null, newer: row?.newer ?? null };
}

function contextColumns(sql: Sql) {
  return sql`f.name, f.serial, f.state, f.derived_from, f.rejected, f.blacklisted, f.bad_reason, f.delivered_at,
    f.added_at, h.started_at as latest_at, h.description, coalesce(b.versions, '{}') as builds`;
}

function contextTables(sql: Sql) {
  return sql`crds.file f
    left join lateral (
      select started_at, description from crds.context_history
      where observatory = f.observatory and context = f.name
      order by started_at desc, context_history_id desc limit 1) h on true
    left join lateral (
      select array_agg(calibration_version order by string_to_array(calibration_version, '.')::int[] desc) as versions
      from crds.build_context where observatory = f.observatory and context = f.name) b on true`;
}

function listConditions(sql: Sql, observatory: string, filter: ContextListFilter) {
  const { text, wasLatest, bad, unconfirmed } = filter;
  const parts = [
    sql`f.observatory = ${observatory} and f.kind = 'mapping' and f.instrument is null and f.filekind is null
      and right(f.name, 5) = '.pmap'`,
    unconfirmed ? null : sql`f.state <> 'uploaded'`,
    text === undefined ? null : nameCondition(sql, sql`f.name`, text),
    wasLatest === undefined ? null : sql`(h.started_at is not null) = ${wasLatest}`,
    bad === undefined ? null : sql`(f.rejected or f.blacklisted) = ${bad}`,
  ];
  return parts.filter((part) => part !== null).reduce((all, part) => sql`${all} and ${part}`);
}

/** What a context is for now. */
export function rolesOf(
  name: string,
  observatory: {
    latestContext: string | null;
    editContext: string | null;
    versionsContext: string | null;
    buildContext: string | null;
  },
): CrdsContextKind[] {
  const { latestContext, editContext, versionsContext, buildContext } = observatory;
  const all = [
    ['latest', latestContext],
    ['edit', editContext],
    ['versions', versionsContext],
    ['build', buildContext],
  ] as const;
  return all.flatMap(([kind, context]) => (context === name ? [kind] : []));
}
