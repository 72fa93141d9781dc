import type { Sql, Tx } from '../db/index.ts';
import { AppError } from '../errors.ts';

/** What the holder of a lock has in hand. */
export interface Lease {
  /** Larger than that of every earlier holder of any lock; goes with each effect outside the database. */
  fence: number;
  expiresAt: Date;
}

export interface HeldLock extends Lease {
  name: string;
  owner: string;
  note: string;
  acquiredAt: Date;
}

/**
 * Named leases with an owner and an expiry. All times are the database's, and every call may stand inside a
 * transaction: what it does is undone with it.
 */
export interface Locks {
  /**
   * Takes the lock for `ttlSeconds`, or returns null while another owner holds it. The same owner gets it
   * again with a new fence, which ends the earlier lease of its own.
   */
  acquire(sql: Sql, name: string, owner: string, ttlSeconds: number, note?: string): Promise<Lease | null>;
  /** Holds it for `ttlSeconds` from now; null when the lease is over (expired, released, forced, taken). */
  renew(sql: Sql, name: string, fence: number, ttlSeconds: number): Promise<Lease | null>;
  /** Gives it back; false when it was no longer held under this fence. */
  release(sql: Sql, name: string, fence: number): Promise<boolean>;
  /** Breaks the lock whoever holds it, and returns who did; null when it was free. The caller audits it. */
  force(sql: Sql, name: string): Promise<HeldLock | null>;
  /** Who holds it now, or null. */
  find(sql: Sql, name: string): Promise<HeldLock | null>;
  /** Held locks whose name begins with `prefix`, by name, after the name `after`. */
  list(sql: Sql, page?: { prefix?: string; after?: string; limit?: number }): Promise<HeldLock[]>;
  /** Refuses with `locks.lock-lost` unless held under this fence, and keeps it so until `tx` ends. */
  assertHeld(tx: Tx, name: string, fence: number): Promise<void>;
}

export function createLocks(): Locks {
  return { acquire, renew, release, force, find, list, assertHeld };
}

async function acquire(
  sql: Sql,
  name: string,
  owner: string,
  ttlSeconds: number,
  note = '',
): Promise<Lease | null> {
  const [lease] = await sql<Lease[]>`
    insert into core.lock as held (name, owner, note, fence, acquired_at, expires_at)
    values (${name}, ${owner}, ${note}, nextval('core.fence'), clock_timestamp(),
            clock_timestamp() + make_interval(secs => ${ttlSeconds}))
    on conflict (name) do update
      set owner = excluded.owner, note = excluded.note, fence = nextval('core.fence'), acquired_at = clock_timestamp(),
          expires_at = clock_timestamp() + make_interval(secs => ${ttlSeconds})
      where held.expires_at <= clock_timestamp() or held.owner = excluded.owner
    returning fence, expires_at`;
  return lease ?? null;
}

async function renew(sql: Sql, name: string, fence: number, ttlSeconds: number): Promise<Lease | null> {
  const [lease] = await sql<Lease[]>`
    update core.lock set expires_at = clock_timestamp() + make_interval(secs => ${ttlSeconds})
    where name = ${name} and fence = ${fence} and expires_at > clock_timestamp()
    returning fence, expires_at`;
  return lease ?? null;
}

async function release(sql: Sql, name: string, fence: number): Promise<boolean> {
  const { count } = await sql`
    delete from core.lock where name = ${name} and fence = ${fence} and expires_at > clock_timestamp()`;
  return count === 1;
}

async function force(sql: Sql, name: string): Promise<HeldLock | null> {
  const [former] = await sql<Array<HeldLock & { held: boolean }>>`
    delete from core.lock where name = ${name}
    returning name, owner, note, fence, acquired_at, expires_at, expires_at > clock_timestamp() as held`;
  if (former === undefined || !former.held) return null;
  const { held: _, ...lock } = former;
  return lock;
}

async function find(sql: Sql, name: string): Promise<HeldLock | null> {
  const [lock] = await sql<HeldLock[]>`
    select name, owner, note, fence, acquired_at, expires_at from core.lock
    where name = ${name} and expires_at > clock_timestamp()`;
  return lock ?? null;
}

function list(sql: Sql, page: { prefix?: string; after?: string; limit?: number } = {}): Promise<HeldLock[]> {
  return sql<HeldLock[]>`
    select name, owner, note, fence, acquired_at, expires_at from core.lock
    where expires_at > clock_timestamp() and starts_with(name, ${page.prefix ?? ''}) and name > ${page.after ?? ''}
    order by name limit ${page.limit ?? 100}`;
}

async function assertHeld(tx: Tx, name: string, fence: number): Promise<void> {
  // A share lock on the row: taking the lock over has to wait until this transaction ends.
  const found = await tx`
    select from core.lock where name = ${name} and fence = ${fence} and expires_at > clock_timestamp() for share`;
  if (found.count === 1) return;
  throw new AppError(
    'conflict',
    'locks.lock-lost',
    `The lock "${name}" is no longer held under number ${fence}.`,
    {
      next: 'Acquire the lock again and start over.',
      details: { name, fence },
    },
  );
}
