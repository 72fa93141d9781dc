import type { Sql } from '../db/index.ts';
import { type AccountRow, grantTexts, type PasswordState, readGrants } from './account.store.ts';
import type { Grant } from './roles.ts';

/** A session lives this long without use … */
const idleHours = 12;
/** … and never longer than this. */
export const longestDays = 30;

export interface NewSession {
  sessionId: string;
  sessionHash: Uint8Array;
  accountId: number;
  address: string;
  userAgent: string;
}

export async function insertSession(sql: Sql, session: NewSession): Promise<void> {
  await sql`
    insert into core.session (session_id, session_hash, account_id, address, user_agent, expires_at, ends_at)
    values (${session.sessionId}, ${session.sessionHash}, ${session.accountId}, ${session.address},
            ${session.userAgent}, clock_timestamp() + make_interval(hours => ${idleHours}),
            clock_timestamp() + make_interval(days => ${longestDays}))`;
}

export interface SessionOwner {
  sessionId: string;
  accountId: number;
  name: string;
  displayName: string;
  passwordState: PasswordState;
  grants: Grant[];
}

/**
 * The owner of a session that is alive; `null` for one that is unknown, ended, or of a closed account. Its end is
 * moved at most once a minute, so that reading a page does not write.
 */
export async function findSessionOwner(sql: Sql, sessionHash: Uint8Array): Promise<SessionOwner | null> {
  const [row] = await sql<
    Array<Omit<SessionOwner, 'grants'> & Pick<AccountRow, 'grants'> & { stale: boolean }>
  >`
    select s.session_id, a.account_id, a.name, a.display_name, a.password_state, ${grantTexts(sql)} as grants,
           s.seen_at < clock_timestamp() - interval '1 minute' as stale
    from core.session s join core.account a using (account_id)
    where s.session_hash = ${sessionHash} and a.disabled_at is null
      and s.expires_at > clock_timestamp() and s.ends_at > clock_timestamp()`;
  if (row === undefined) return null;
  const { stale, ...owner } = row;
  if (stale) {
    await sql`
      update core.session
      set seen_at = clock_timestamp(),
          expires_at = least(clock_timestamp() + make_interval(hours => ${idleHours}), ends_at)
      where session_id = ${row.sessionId} and seen_at < clock_timestamp() - interval '1 minute'`;
  }
  return { ...owner, grants: readGrants(row.grants) };
}

export interface SessionRow {
  sessionId: string;
  createdAt: Date;
  seenAt: Date;
  expiresAt: Date;
  address: string;
  userAgent: string;
}

/** Living sessions of an account, the one used last first; at most 200. */
export async function listSessions(sql: Sql, accountId: number): Promise<SessionRow[]> {
  return sql<SessionRow[]>`
    select session_id, created_at, seen_at, expires_at, address, user_agent from core.session
    where account_id = ${accountId} and expires_at > clock_timestamp() and ends_at > clock_timestamp()
    order by seen_at desc, session_id limit 200`;
}

/** Ends one session of the account; true when there was one. */
export async function deleteSession(sql: Sql, accountId: number, sessionId: string): Promise<boolean> {
  const done = await sql`
    delete from core.session where account_id = ${accountId} and session_id = ${sessionId}`;
  return done.count === 1;
}

/** Ends all sessions of the account. */
export async function deleteSessions(sql: Sql, accountId: number): Promise<void> {
  await sql`delete from core.session where account_id = ${accountId}`;
}
