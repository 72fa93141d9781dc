import { createHash } from 'node:crypto';
import type { Db, Sql, Tx } from '../db/index.ts';

/** Keeps the processes that want to chain apart; the number only has to stay the same. */
const chainLock = 4_720_118;
const batchSize = 1000;

/** What of an entry goes into its hash, as SQL gives it. */
export interface ChainedEntry {
  auditId: number;
  at: Date;
  actor: string;
  action: string;
  objectKind: string;
  objectId: string;
  detailsText: string;
  requestId: string | null;
  address: string | null;
}

export const entryColumns = (sql: Sql) => sql`
  a.audit_id, a.at, a.actor, a.action, a.object_kind, a.object_id, a.details::text as details_text,
  a.request_id, a.address`;

/** What the first entry follows. */
export const chainStart: Uint8Array = new Uint8Array(32);

/** SHA-256 of the hash before and the entry. */
export function chainHash(before: Uint8Array, entry: ChainedEntry): Buffer {
  const text = JSON.stringify([
    entry.auditId,
    entry.at.toISOString(),
    entry.actor,
    entry.action,
    entry.objectKind,
    entry.objectId,
    entry.detailsText,
    entry.requestId,
    entry.address,
  ]);
  return createHash('sha256').update(before).update(text).digest();
}

/**
 * Chains the entries that have been committed and are not chained yet, in the order of their numbers; called every
 * second. Does nothing while another process is at it. Returns how many entries it chained.
 */
export async function chainAudit(db: Db): Promise<number> {
  let chained = 0;
  for (;;) {
    const count = await db.transaction(chainBatch);
    chained += count;
    if (count < batchSize) return chained;
  }
}

async function chainBatch(tx: Tx): Promise<number> {
  const [lock] = await tx<{ taken: boolean }[]>`select pg_try_advisory_xact_lock(${chainLock}) as taken`;
  if (lock?.taken !== true) return 0;
  const entries = await tx<ChainedEntry[]>`
    select ${entryColumns(tx)} from core.audit_pending p join core.audit a using (audit_id)
    order by p.audit_id limit ${batchSize}`;
  if (entries.length === 0) return 0;
  const [last] = await tx<{ chainId: number; hash: Uint8Array }[]>`
    select chain_id, hash from core.audit_chain order by chain_id desc limit 1`;
  let chainId = last?.chainId ?? 0;
  let hash: Uint8Array = last?.hash ?? chainStart;
  const links = entries.map((entry) => {
    chainId += 1;
    hash = chainHash(hash, entry);
    return { chainId, auditId: entry.auditId, hash };
  });
  await tx`insert into core.audit_chain ${tx(links)}`;
  await tx`delete from core.audit_pending where audit_id = any(${links.map((link) => link.auditId)}::bigint[])`;
  return links.length;
}
