import type { PendingQuery } from 'postgres';
import type { Sql, Tx } from '../../../server/src/core/db/index.ts';

export interface Ticket {
  ticketId: number;
  state: 'ready' | 'claimed' | 'done';
  worker: string | null;
}

export interface Claim {
  ticketId: number;
  worker: string;
}

/**
 * Claims the oldest ready tickets, writes their history and announces them: one statement, one round trip, one
 * commit. Uses ticket_ready_idx; SKIP LOCKED keeps batches apart.
 */
export function claimTickets(sql: Sql, workers: readonly string[]): PendingQuery<Claim[]> {
  return sql<Claim[]>`
    with worker as (select name, row_number() over () as n from unnest(${workers}::text[]) as name),
    picked as (select ticket_id, row_number() over () as n from (
      select ticket_id from example.ticket where state = 'ready'
      order by ticket_id limit ${workers.length} for update skip locked) ready),
    claimed as (update example.ticket t set state = 'claimed', worker = w.name
      from picked p join worker w using (n) where t.ticket_id = p.ticket_id returning t.ticket_id, t.worker),
    written as (insert into example.history (ticket_id, state) select ticket_id, 'claimed' from claimed)
    select ticket_id, worker, core.publish_event('example.ticket', ticket_id::text, '{"state":"claimed"}') from claimed`;
}

export function findTickets(sql: Sql, ticketIds: readonly number[]): Promise<Ticket[]> {
  return sql<Ticket[]>`
    select ticket_id, state, worker from example.ticket where ticket_id = any(${ticketIds}::bigint[])`;
}

/** Writes the effects that are not there yet. */
export async function insertEffects(
  tx: Tx,
  tickets: ReadonlyArray<{ ticketId: number; fence: number }>,
  processId: string,
): Promise<void> {
  await tx`
    insert into example.effect (ticket_id, fence, process_id)
    select ticket_id, fence, ${processId}
    from unnest(${tickets.map((ticket) => ticket.ticketId)}::bigint[], ${tickets.map((ticket) => ticket.fence)}::bigint[])
      as new (ticket_id, fence)
    where not exists (select from example.effect as known where known.ticket_id = new.ticket_id)`;
}
