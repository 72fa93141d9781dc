import type { Sql, Tx } from '../../core/db/index.ts';
import type { Definition } from './definition.ts';

export interface StoredDefinition {
  definitionId: number;
  name: string;
  version: number;
  content: Definition;
  createdBy: string;
  createdAt: Date;
}

const columns = (sql: Sql) => sql`definition_id, name, version, content, created_by, created_at`;

/** The newest version of each definition, or of one. */
export async function listNewest(sql: Sql, name?: string): Promise<StoredDefinition[]> {
  return await sql<StoredDefinition[]>`
    select distinct on (name) ${columns(sql)} from uws.definition
    where ${name === undefined ? sql`true` : sql`name = ${name}`} order by name, version desc`;
}

export async function findVersion(sql: Sql, name: string, version: number): Promise<StoredDefinition | null> {
  const [row] = await sql<StoredDefinition[]>`
    select ${columns(sql)} from uws.definition where name = ${name} and version = ${version}`;
  return row ?? null;
}

/** The versions of one definition, newest first; the last hundred. */
export async function listVersions(
  sql: Sql,
  name: string,
): Promise<Array<{ version: number; label: string | null; createdAt: Date; createdBy: string }>> {
  return await sql`
    select version, content ->> 'version' as label, created_at, created_by from uws.definition
    where name = ${name} order by version desc limit 100`;
}

export async function getById(sql: Sql, definitionId: number): Promise<StoredDefinition> {
  const [row] = await sql<[StoredDefinition]>`
    select ${columns(sql)} from uws.definition where definition_id = ${definitionId}`;
  return row;
}

/**
 * Adds the next version unless the newest one has the same content; says which version holds. The lock on the
 * name keeps two loaders from taking the same number.
 */
export async function insertVersion(
  tx: Tx,
  definition: Definition,
  contentHash: string,
  createdBy: string,
  now: Date,
): Promise<{ version: number; isNew: boolean }> {
  await tx`select pg_advisory_xact_lock(hashtextextended(${`uws.definition ${definition.name}`}, 0))`;
  const [newest] = await tx<{ version: number; contentHash: string }[]>`
    select version, content_hash from uws.definition where name = ${definition.name} order by version desc limit 1`;
  if (newest?.contentHash === contentHash) return { version: newest.version, isNew: false };
  const version = (newest?.version ?? 0) + 1;
  await tx`
    insert into uws.definition (name, version, content, content_hash, created_by, created_at)
    values (${definition.name}, ${version}, ${JSON.stringify(definition)}::text::jsonb, ${contentHash}, ${createdBy}, ${now})`;
  return { version, isNew: true };
}

/** Jobs that ended since a moment and the median of their run time, by definition. */
export async function listUsage(
  sql: Sql,
  since: Date,
): Promise<Array<{ definition: string; runs: number; medianSeconds: number | null }>> {
  return await sql`
    select definition, count(*)::int as runs,
      percentile_cont(0.5) within group (order by extract(epoch from ended_at - started_at))::float8 as median_seconds
    from (select definition, ended_at, started_at from uws.job
          where ended_at > ${since} order by ended_at desc limit 20000) as recent
    group by definition`;
}
