import type { Sql } from '../db/index.ts';
import { type ChainedEntry, chainHash, chainStart, entryColumns } from './chain.ts';

const batchSize = 2000;

export interface AuditProof {
  /** How many entries, from the first one on, are proven. */
  proven: number;
  /** The last proven entry and its time; `null` when nothing is. */
  lastProven: { auditId: number; at: Date } | null;
  /**
   * Hash of the last proven entry, in hex. Written down elsewhere it also proves that nothing was cut off the end,
   * which the chain alone cannot tell.
   */
  head: string;
  /** Committed entries that wait for the chain: the last second's, as a rule. */
  pending: number;
  /** The first place where the trail is not what was written. */
  broken: { auditId: number; why: string } | null;
}

interface Link extends Omit<ChainedEntry, 'at'> {
  chainId: number;
  linkedId: number;
  hash: Uint8Array;
  /** `null` when the entry is gone. */
  at: Date | null;
}

/** Walks the whole chain. Reads in batches, so that it may run beside everything else. */
export async function verifyAudit(sql: Sql): Promise<AuditProof> {
  const proof = await walkChain(sql);
  const [{ pending = 0 } = {}] = await sql<{ pending: number }[]>`
    select count(*)::int as pending from core.audit_pending`;
  return { ...proof, pending, broken: proof.broken ?? (await findUnlinked(sql)) };
}

async function walkChain(sql: Sql): Promise<Omit<AuditProof, 'pending'>> {
  let hash = chainStart;
  let proven = 0;
  let lastProven: AuditProof['lastProven'] = null;
  const result = (broken: AuditProof['broken']) => ({
    proven,
    lastProven,
    head: Buffer.from(hash).toString('hex'),
    broken,
  });
  for (;;) {
    const links = await sql<Link[]>`
      select c.chain_id, c.audit_id as linked_id, c.hash, ${entryColumns(sql)}
      from core.audit_chain c left join core.audit a using (audit_id)
      where c.chain_id > ${proven} order by c.chain_id limit ${batchSize}`;
    for (const link of links) {
      const why = faultOf(link, hash, proven + 1);
      if (why !== null) return result({ auditId: link.linkedId, why });
      hash = link.hash;
      proven += 1;
      lastProven = { auditId: link.linkedId, at: link.at as Date };
    }
    if (links.length < batchSize) return result(null);
  }
}

function faultOf(link: Link, before: Uint8Array, expectedChainId: number): string | null {
  if (link.chainId !== expectedChainId) return 'the link before it was removed';
  const { at } = link;
  if (at === null) return 'the entry was removed';
  if (!chainHash(before, { ...link, at }).equals(link.hash)) return 'the entry was changed';
  return null;
}

/** Entries that came in or vanished beside the chain. */
async function findUnlinked(sql: Sql): Promise<AuditProof['broken']> {
  const [row] = await sql<{ auditId: number; why: string }[]>`
    select audit_id, why from (
      (select a.audit_id, 'the entry was put in beside the trail' as why from core.audit a
       where not exists (select from core.audit_chain c where c.audit_id = a.audit_id)
         and not exists (select from core.audit_pending p where p.audit_id = a.audit_id)
       order by a.audit_id limit 1)
      union all
      (select p.audit_id, 'the entry was removed before it was chained' from core.audit_pending p
       where not exists (select from core.audit a where a.audit_id = p.audit_id)
       order by p.audit_id limit 1)) as unlinked
    order by audit_id limit 1`;
  return row ?? null;
}
