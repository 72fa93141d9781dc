import type { Sql } from '../../core/db/index.ts';
import { globPattern } from '../catalogue/glob.ts';

/** Names that hold a text, as many as are looked at. */
const mostHits = 500;

export interface FoundFile {
  observatory: string;
  name: string;
  kind: 'mapping' | 'reference';
  state: string;
  isBad: boolean;
  description: string;
}

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
    select ${columns(sql)} from crds.file f
    where f.observatory = any(${[...observatories]}::text[]) and f.name ~ ${globPattern(glob)}
      and f.state <> 'uploaded'
    order by f.name limit ${limit}`;
}

/** Files whose name begins with a text, newest names first; then those that hold it anywhere, in any case. */
export async function filesNamed(
  sql: Sql,
  observatories: readonly string[],
  text: string,
  limit: number,
): Promise<FoundFile[]> {
  const known = [...observatories];
  // A range of the primary key; only when it finds too little are all names looked at.
  const first = await sql<FoundFile[]>`
    select ${columns(sql)} from crds.file f
    where f.observatory = any(${known}::text[]) and f.name >= ${text} and f.name < ${`${text}\u{10ffff}`}
      and f.state <> 'uploaded'
    order by f.name = ${text} desc, right(f.name, 5) = '.pmap' desc, f.name desc limit ${limit}`;
  if (first.length >= limit || text.length < 3) return first;
  // Names are found in the primary key alone; only files that are shown are read.
  const more = await sql<FoundFile[]>`
    with hit as materialized (
      select observatory, name from crds.file
      where observatory = any(${known}::text[]) and strpos(lower(name), ${text.toLowerCase()}) > 0
        and not starts_with(name, ${text})
      order by right(name, 5) = '.pmap' desc, name desc limit ${mostHits})
    select ${columns(sql)} from hit join crds.file f using (observatory, name)
    where f.state <> 'uploaded'
    order by right(f.name, 5) = '.pmap' desc, f.name desc limit ${limit - first.length}`;
  return [...first, ...more];
}
