import type { Sql, Tx } from '../../core/db/index.ts';

/** When a context became latest. */
export interface HistoryEntry {
  startedAt: Date;
  context: string;
  description: string;
  changedBy: string;
}

/** The history of the latest context, newest first; `limit` of them. */
export async function historyOf(sql: Sql, observatory: string, limit?: number): Promise<HistoryEntry[]> {
  return await sql<HistoryEntry[]>`
    select started_at, context, description, changed_by from crds.context_history
    where observatory = ${observatory} order by started_at desc, context_history_id desc limit ${limit ?? null}`;
}

/** The context that was latest at an instant; null before the first. */
export async function contextAt(sql: Sql, observatory: string, at: Date): Promise<string | null> {
  const [entry] = await sql<{ context: string }[]>`
    select context from crds.context_history where observatory = ${observatory} and started_at <= ${at}
    order by started_at desc, context_history_id desc limit 1`;
  return entry?.context ?? null;
}

/**
 * Adds what is known of former times, from another server or a cache; entries that are there already are not added
 * again. The latest context stays what it is. Returns how many were new.
 */
export async function addHistory(
  tx: Tx,
  observatory: string,
  entries: ReadonlyArray<Omit<HistoryEntry, 'changedBy'>>,
  changedBy: string,
): Promise<number> {
  const result = await tx`
    insert into crds.context_history (observatory, started_at, context, description, changed_by)
    select distinct on (started_at, context) ${observatory}, started_at, context, description, ${changedBy}
    from unnest(${entries.map(({ startedAt }) => startedAt.toISOString())}::timestamptz[], ${entries.map(({ context }) => context)}::text[],
      ${entries.map(({ description }) => description)}::text[]) e(started_at, context, description)
    where not exists (
      select from crds.context_history h
      where h.observatory = ${observatory} and h.started_at = e.started_at::timestamptz(3) and h.context = e.context)
    order by started_at, context`;
  return result.count;
}
