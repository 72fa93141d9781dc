import type { Sql } from '../../core/db/index.ts';

/** The bytes of a mapping; null when they are not kept. */
export async function mappingText(sql: Sql, sha256: string): Promise<Buffer | null> {
  const [row] = await sql<{ content: Buffer }[]>`
    select content from crds.mapping_text where sha256 = ${sha256}`;
  return row?.content ?? null;
}

/** The bytes of several, by sha256. */
export async function mappingTexts(sql: Sql, sha256: readonly string[]): Promise<Map<string, Buffer>> {
  const rows = await sql<{ sha256: string; content: Buffer }[]>`
    select sha256, content from crds.mapping_text where sha256 = any(${sha256 as string[]}::text[])`;
  return new Map(rows.map((row) => [row.sha256, row.content]));
}
