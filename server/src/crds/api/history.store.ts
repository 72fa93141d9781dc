import Type, { type Static } from 'typebox';
import type { Sql } from '../../core/db/index.ts';
import type { Cursor } from './cursor.ts';

/** A time in which one context was latest. */
export interface Reign {
  contextHistoryId: number;
  startedAt: Date;
  endedAt: Date | null;
  context: string;
  description: string;
  changedBy: string;
  before: string | null;
}

/** When it began, in milliseconds, and the number of the entry. */
export const ReignPlace = Type.Tuple([
  Type.Integer({ minimum: -62_135_596_800_000, maximum: 253_402_300_799_999 }),
  Type.Integer({ minimum: 0 }),
]);
export type ReignPlace = Static<typeof ReignPlace>;

/** Newest first, beyond a place; of one context when it is named. One row more than `limit` tells of more. */
export async function listReigns(
  sql: Sql,
  observatory: string,
  limit: number,
  from?: Cursor<ReignPlace>,
  context: string | null = null,
): Promise<Reign[]> {
  const goesNewer = from?.direction === 'newer';
  const rows = await sql<Reign[]>`
    with reign as (
      select context_history_id, started_at, context, description, changed_by,
        lead(started_at) over in_order as ended_at, lag(context) over in_order as before
      from crds.context_history where observatory = ${observatory}
      window in_order as (order by started_at, context_history_id))
    select * from reign
    where (${context}::text is null or context = ${context}) ${from === undefined ? sql`` : beyond(sql, from)}
    order by ${goesNewer ? sql`started_at, context_history_id` : sql`started_at desc, context_history_id desc`}
    limit ${limit + 1}`;
  return goesNewer ? rows.reverse() : rows;
}

function beyond(sql: Sql, { direction, place: [startedMs, id] }: Cursor<ReignPlace>) {
  const at = new Date(startedMs);
  return direction === 'older'
    ? sql`and (started_at, context_history_id) < (${at}, ${id})`
    : sql`and (started_at, context_history_id) > (${at}, ${id})`;
}
