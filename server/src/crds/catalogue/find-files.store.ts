import type { Sql } from '../../core/db/index.ts';
import type { FileKind, FileState } from './file.ts';
import { fileGlobCondition, fileNameCondition } from './name-condition.ts';

export interface FoundFile {
  observatory: string;
  name: string;
  kind: FileKind;
  state: FileState;
  isBad: boolean;
  description: string;
}

/** Shorter texts are looked for at the beginning of names only. */
const shortestPart = 3;

const columns = (sql: Sql) =>
  sql`f.observatory, f.name, f.kind, f.state, f.rejected or f.blacklisted as is_bad, f.description`;

/** Files with a SHA-1. */
export async function filesOfSha1(
  sql: Sql,
  observatories: readonly string[],
  sha1: string,
  limit: number,
): Promise<FoundFile[]> {
  return await sql<FoundFile[]>`
    select ${columns(sql)} from crds.file f
    where f.observatory = any(${[...observatories]}::text[]) and f.sha1 = ${sha1} and f.state <> 'uploaded'
    order by f.name limit ${limit}`;
}

/** Files whose name matches a pattern of a shell. */
export async function filesLike(
  sql: Sql,
  observatories: readonly string[],
  glob: string,
  limit: number,
): Promise<FoundFile[]> {
  return await sql<FoundFile[]>`
    select found.* from unnest(${[...observatories]}::text[]) o(observatory)
    cross join lateral (
      select ${columns(sql)} from crds.file f
      where f.observatory = o.observatory and ${fileGlobCondition(sql, glob)} and f.state <> 'uploaded'
      order by f.name limit ${limit}) found
    order by name limit ${limit}`;
}

/**
 * Files whose name begins with a text, newest names first; then those that hold it anywhere, in any case, contexts
 * before others.
 */
export async function filesNamed(
  sql: Sql,
  observatories: readonly string[],
  text: string,
  limit: number,
): Promise<FoundFile[]> {
  // A range of the primary key; parts of names are looked for only when it finds too little.
  const first = await sql<FoundFile[]>`
    select ${columns(sql)} from crds.file f
    where f.observatory = any(${[...observatories]}::text[])
      and f.name >= ${text} and f.name < ${`${text}\u{10ffff}`} and f.state <> 'uploaded'
    order by f.name = ${text} desc, right(f.name, 5) = '.pmap' desc, f.name desc limit ${limit}`;
  if (first.length >= limit || text.length < shortestPart) return first;
  const rest = limit - first.length;
  const contexts = sql`
    f.kind = 'mapping' and f.instrument is null and f.filekind is null and right(f.name, 5) = '.pmap'`;
  const others = sql`right(f.name, 5) <> '.pmap'`;
  const holds = sql`${fileNameCondition(sql, text)} and not starts_with(f.name, ${text}) and f.state <> 'uploaded'`;
  // Each half stops after its last row: what few names hold comes by the index, what many hold in their order.
  const more = await sql<FoundFile[]>`
    select found.* from unnest(${[...observatories]}::text[]) o(observatory)
    cross join lateral (
      (select ${columns(sql)} from crds.file f
       where f.observatory = o.observatory and ${contexts} and ${holds} order by f.name desc limit ${rest})
      union all
      (select ${columns(sql)} from crds.file f
       where f.observatory = o.observatory and ${others} and ${holds} order by f.name desc limit ${rest})) found
    order by right(name, 5) = '.pmap' desc, name desc limit ${rest}`;
  return [...first, ...more];
}
