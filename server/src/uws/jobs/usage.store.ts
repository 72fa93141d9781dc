import type { Pool, Sql, Tx } from '../../core/db/index.ts';

/** How uws.owner_usage names the owner of jobs; '' = callers without an identity. */
export function usageKey(ownerId: string | null): string {
  return ownerId ?? '';
}

export interface OwnerUsage {
  /** Jobs that are not ARCHIVED. */
  jobs: number;
  /** Bytes of the inputs that are kept for jobs. */
  inputBytes: number;
}

/** By pool. Rows are never deleted, so each owner has to be looked at once in a process. */
const known = new WeakMap<object, Set<string>>();

/** Sees to it that each owner has a row that can be locked; commits at once, so never called in a transaction. */
export async function addOwners(sql: Pool, jobs: ReadonlyArray<{ ownerId: string | null }>): Promise<void> {
  const seen = known.get(sql) ?? new Set();
  known.set(sql, seen);
  const fresh = [...new Set(jobs.map(({ ownerId }) => usageKey(ownerId)))].filter((key) => !seen.has(key));
  if (fresh.length === 0) return;
  await sql`
    insert into uws.owner_usage (owner_id, jobs, input_bytes)
    select owner_id, 0, 0 from unnest(${fresh.sort()}::text[]) as owner (owner_id)
    on conflict (owner_id) do nothing`;
  for (const key of fresh) seen.add(key);
}

/** By primary key. */
export async function findUsage(sql: Sql, ownerId: string | null): Promise<OwnerUsage> {
  const [usage] = await sql<OwnerUsage[]>`
    select jobs, input_bytes from uws.owner_usage where owner_id = ${usageKey(ownerId)}`;
  return usage ?? { jobs: 0, inputBytes: 0 };
}

/** Whoever else locks the same owner waits until the transaction ends. */
export async function lockUsage(tx: Tx, ownerId: string | null): Promise<void> {
  await tx`select from uws.owner_usage where owner_id = ${usageKey(ownerId)} for update`;
}

/** Jobs that wait for a computer or are on one. Uses job_active_owner_id_idx. */
export async function countActive(sql: Sql, ownerId: string | null): Promise<number> {
  const [row] = await sql<[{ count: number }]>`
    select count(*)::int as count from uws.job
    where phase in ('QUEUED', 'EXECUTING', 'SUSPENDED', 'UNKNOWN')
      and ${ownerId === null ? sql`owner_id is null` : sql`owner_id = ${ownerId}`}`;
  return row.count;
}
