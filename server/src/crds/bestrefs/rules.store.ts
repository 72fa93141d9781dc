import type { Sql } from '../../core/db/index.ts';

/** A mapping that a context leads to. */
export interface RuleFile {
  name: string;
  /** Null for a mapping whose bytes nobody has brought. */
  sha256: string | null;
  sizeBytes: number;
  /** Of the context itself only. */
  content: Buffer | null;
}

/** The mappings that a context leads to and itself, the bytes of itself with them; nothing when it is not shown. */
export async function listRuleFiles(
  sql: Sql,
  observatory: string,
  context: string,
  states: readonly string[],
): Promise<RuleFile[]> {
  return await sql<RuleFile[]>`
    with recursive reached(name) as (
      select name from crds.file
      where observatory = ${observatory} and name = ${context} and state = any(${states as string[]}::text[])
      union
      select u.used from reached r
      join crds.mapping_use u on u.observatory = ${observatory} and u.mapping = r.name
      where r.name ~ '\\.[pi]map$')
    select r.name, f.sha256, coalesce(f.size_bytes, 0) as size_bytes, t.content
    from reached r
    left join crds.file f on f.observatory = ${observatory} and f.name = r.name and f.place = 'kept'
    left join crds.mapping_text t on t.sha256 = f.sha256 and r.name = ${context}`;
}

/** The bytes of mappings by sha256. */
export async function readTexts(sql: Sql, hashes: readonly string[]): Promise<Map<string, Buffer>> {
  const rows = await sql<{ sha256: string; content: Buffer }[]>`
    select sha256, content from crds.mapping_text where sha256 = any(${hashes as string[]}::text[])`;
  return new Map(rows.map(({ sha256, content }) => [sha256, content]));
}
