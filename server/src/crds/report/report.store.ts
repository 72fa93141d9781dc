import type { Sql, Tx } from '../../core/db/index.ts';

/** One thing that the report says something of. */
export interface ReportLine {
  name: string;
  state: 'good' | 'partial' | 'bad';
  message: string;
  next?: string;
}

export interface ReportContent {
  /** One sentence. */
  summary: string;
  lines: ReportLine[];
  /** What the next report compares itself with. */
  figures: Figures;
}

export interface Figures {
  mappings: number;
  references: number;
  bytes: number;
  bad: number;
  problems: number;
  orphans: number;
}

export interface Report extends ReportContent {
  madeAt: Date;
  /** `YYYY-MM-DD`, UTC. */
  day: string;
}

/** Keeps the report of a day; made again it takes the place of the first. */
export async function storeReport(
  tx: Tx,
  observatory: string,
  day: string,
  content: ReportContent,
): Promise<void> {
  await tx`
    insert into crds.report (observatory, day, content)
    values (${observatory}, ${day}::text::date, ${JSON.stringify(content)}::text::jsonb)
    on conflict (observatory, day) do update set content = excluded.content, made_at = clock_timestamp()`;
}

/** Reports before a day (absent: all), newest first. */
export async function listReports(
  sql: Sql,
  observatory: string,
  { before, limit }: { before?: string; limit: number },
): Promise<Report[]> {
  const rows = await sql<{ madeAt: Date; day: string; content: ReportContent }[]>`
    select made_at, to_char(day, 'YYYY-MM-DD') as day, content from crds.report
    where observatory = ${observatory} and (${before ?? null}::text is null or day < ${before ?? null}::text::date)
    order by day desc limit ${limit}`;
  return rows.map(({ content, ...row }) => ({ ...content, ...row }));
}

/** The last one; null before the first night. */
export async function latestReport(sql: Sql, observatory: string): Promise<Report | null> {
  return (await listReports(sql, observatory, { limit: 1 }))[0] ?? null;
}
