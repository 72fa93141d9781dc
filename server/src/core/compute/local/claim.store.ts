import type { Sql, Tx } from '../../db/index.ts';
import type { BackendReport } from '../backend.ts';
import type { RunRow } from '../run.store.ts';

export interface ClaimRule {
  host: string;
  processId: string;
  /** Numbers of the slots of this host are 0 to one below this. */
  slots: number;
  /** False where nothing isolates: then only runs that an administrator asked for are taken. */
  open: boolean;
  /** Runs to leave alone for now. */
  without: readonly string[];
}

/** A process that has not renewed its claims for this long has lost them. */
const leaseSeconds = 15;

/**
 * Gives the host's lowest free slot to the queued run whose turn it is: the fair key that was served longest
 * ago, its oldest run first. The lock makes the processes of one host take turns; other hosts are kept apart
 * by SKIP LOCKED. Reads the queue by compute_run_queued_idx.
 */
export async function claimNext(tx: Tx, rule: ClaimRule): Promise<{ runId: string; slot: number } | null> {
  await tx`select pg_advisory_xact_lock(hashtextextended(${`compute ${rule.host}`}, 0))`;
  const taken = await tx<{ slot: number }[]>`
    select slot from core.compute_run where host = ${rule.host} and state in ('starting', 'running', 'ending')`;
  const used = new Set(taken.map((row) => row.slot));
  const slot = Array.from({ length: rule.slots }, (_, number) => number).find((number) => !used.has(number));
  if (slot === undefined) return null;
  for (const { runId, fairKey } of await listHeads(tx, rule)) {
    const [claimed] = await tx`
      update core.compute_run
      set host = ${rule.host}, slot = ${slot}, claimed_by = ${rule.processId}, attempt = attempt + 1,
          folder = case attempt when 0 then run_id else run_id || '.' || (attempt + 1) end,
          lease_until = clock_timestamp() + ${leaseSeconds} * interval '1 second'
      where run_id = (select run_id from core.compute_run where run_id = ${runId} and state = 'queued'
                      for update skip locked)
      returning 1`;
    if (claimed === undefined) continue;
    await tx`
      insert into core.compute_turn (fair_key, turn) values (${fairKey}, nextval('core.compute_turn_seq'))
      on conflict (fair_key) do update set turn = excluded.turn, turned_at = clock_timestamp()`;
    return { runId, slot };
  }
  return null;
}

/** The oldest queued run of each fair key, the key served longest ago first. */
function listHeads(tx: Tx, rule: ClaimRule): Promise<Array<{ runId: string; fairKey: string }>> {
  return tx<{ runId: string; fairKey: string }[]>`
    select head.run_id, head.fair_key from (
      select distinct on (fair_key) run_id, fair_key, seq from core.compute_run
      where backend = 'local' and state = 'queued' and (as_admin or ${rule.open})
        and run_id <> all(${[...rule.without]})
      order by fair_key, seq
    ) head left join core.compute_turn t using (fair_key)
    order by coalesce(t.turn, 0), head.seq limit 10`;
}

/** Keeps this process's claims for another lease; returns the runs it still holds. */
export function renewClaims(sql: Sql, processId: string): Promise<RunRow[]> {
  return sql<RunRow[]>`
    update core.compute_run set lease_until = clock_timestamp() + ${leaseSeconds} * interval '1 second'
    where claimed_by = ${processId} and state in ('starting', 'running', 'ending')
    returning *`;
}

export async function listClaimants(sql: Sql, host: string): Promise<string[]> {
  const rows = await sql<{ claimedBy: string }[]>`
    select distinct claimed_by from core.compute_run
    where host = ${host} and state in ('starting', 'running', 'ending')`;
  return rows.map((row) => row.claimedBy);
}

/** Takes over the host's runs whose claim ran out, or whose process is known to be dead. */
export function adoptRuns(
  sql: Sql,
  host: string,
  processId: string,
  dead: readonly string[],
): Promise<RunRow[]> {
  return sql<RunRow[]>`
    update core.compute_run
    set claimed_by = ${processId}, lease_until = clock_timestamp() + ${leaseSeconds} * interval '1 second'
    where run_id in (
      select run_id from core.compute_run
      where host = ${host} and state in ('starting', 'running', 'ending') and claimed_by <> ${processId}
        and (lease_until < clock_timestamp() or claimed_by = any(${[...dead]}))
      for update skip locked)
    returning *`;
}

/**
 * Active runs that nobody has watched for an hour and whose time is up: their host is gone (or this is a copy
 * of its database). While the time is not up the host may come back and find them running.
 */
export function listStranded(sql: Sql): Promise<Array<{ runId: string; host: string }>> {
  return sql<{ runId: string; host: string }[]>`
    select run_id, host from core.compute_run
    where state in ('starting', 'running', 'ending') and lease_until < clock_timestamp() - interval '1 hour'
      and coalesce(started_at + ((request->'limits'->>'wallSeconds')::int + 60) * interval '1 second', '-infinity')
          < clock_timestamp()`;
}

/** Lets others take this process's runs at once. */
export function releaseClaims(sql: Sql, processId: string): Promise<unknown> {
  return sql`update core.compute_run set lease_until = clock_timestamp()
             where claimed_by = ${processId} and state in ('starting', 'running', 'ending')`;
}

export function upsertBackend(sql: Sql, host: string, report: BackendReport): Promise<unknown> {
  const { name, slots, isolation, namespaces, nested, why } = report;
  return sql`
    insert into core.compute_backend ${sql({ host, name, slots, isolation, namespaces, nested, why })}
    on conflict (host, name) do update set slots = excluded.slots, isolation = excluded.isolation,
      namespaces = excluded.namespaces, nested = excluded.nested, why = excluded.why, seen_at = clock_timestamp()`;
}

/** The hosts that execute runs at the moment, this one included if it does. */
export function listBackends(sql: Sql, name: string): Promise<BackendReport[]> {
  return sql<BackendReport[]>`
    select b.name, b.host, b.slots, b.isolation, b.namespaces, b.nested, b.why,
      (select count(*)::int from core.compute_run r
       where r.host = b.host and r.state in ('starting', 'running', 'ending')) as running,
      (select count(*)::int from core.compute_run r where r.backend = b.name and r.state = 'queued') as queued
    from core.compute_backend b
    where b.name = ${name} and b.seen_at > clock_timestamp() - interval '1 minute'
    order by b.host`;
}

/** Locks the run if this process still holds its claim. A process that was stalled changes nothing any more. */
export async function holdsClaim(tx: Tx, runId: string, processId: string): Promise<boolean> {
  const rows = await tx`
    select 1 from core.compute_run where run_id = ${runId} and claimed_by = ${processId} for update`;
  return rows.length > 0;
}
