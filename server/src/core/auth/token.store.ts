import type { Sql } from '../db/index.ts';
import { grantTexts, readGrants } from './account.store.ts';
import { intersectGrants } from './grants.ts';
import type { Grant } from './roles.ts';

export interface NewToken {
  tokenId: string;
  accountId: number;
  label: string;
  /** `null` = everything the account holds. */
  grants: string[] | null;
  vo: string | null;
  createdBy: string;
  expiresInMs: number;
  /** The token that asked for it; this one does not outlive it, unless it renews it. */
  parentTokenId: string | null;
  renews: boolean;
}

/** Locks a token that is good, so that it is not revoked meanwhile; false when it is not good any more. */
export async function lockGoodToken(sql: Sql, tokenId: string): Promise<boolean> {
  const rows = await sql`
    select from core.api_token
    where token_id = ${tokenId} and revoked_at is null and coalesce(expires_at > clock_timestamp(), true) for share`;
  return rows.length === 1;
}

/** Stores a token that proves itself by its signature; returns when it ends. */
export async function insertToken(sql: Sql, token: NewToken): Promise<Date> {
  const [row] = await sql<{ expiresAt: Date }[]>`
    insert into core.api_token (token_id, account_id, label, grants, vo, created_by, parent_token_id, expires_at)
    values (${token.tokenId}, ${token.accountId}, ${token.label}, ${token.grants}::text[], ${token.vo},
            ${token.createdBy}, ${token.parentTokenId},
            least(clock_timestamp() + make_interval(secs => ${token.expiresInMs / 1000}),
                  (select expires_at from core.api_token
                   where token_id = ${token.parentTokenId} and not ${token.renews})))
    returning expires_at`;
  if (row === undefined) throw new Error('an inserted token was not returned');
  return row.expiresAt;
}

/** Stores a preset token under a fixed number: another value takes the place of the one before. */
export async function upsertPresetToken(
  sql: Sql,
  token: { tokenId: string; accountId: number; tokenHash: Uint8Array; label: string },
): Promise<void> {
  await sql`
    insert into core.api_token as known (token_id, account_id, label, token_hash, created_by)
    values (${token.tokenId}, ${token.accountId}, ${token.label}, ${token.tokenHash}, 'system')
    on conflict (token_id) do update
    set account_id = excluded.account_id, token_hash = excluded.token_hash, created_at = clock_timestamp(),
        revoked_at = null, last_used_at = null
    where known.token_hash is distinct from excluded.token_hash`;
}

export interface TokenOwner {
  tokenId: string;
  vo: string | null;
  isExpired: boolean;
  isRevoked: boolean;
  isDisabled: boolean;
  accountId: number;
  name: string;
  displayName: string;
  /** What the account holds now and the token was made for. */
  grants: Grant[];
}

interface OwnerRow extends Omit<TokenOwner, 'grants'> {
  accountGrants: string[];
  tokenGrants: string[] | null;
  isStale: boolean;
}

/** Finds a token by its number or by its hash, with what its account holds now. Notes its use once a minute. */
export async function findTokenOwner(
  sql: Sql,
  key: { tokenId: string } | { tokenHash: Uint8Array },
): Promise<TokenOwner | null> {
  const condition =
    'tokenId' in key
      ? sql`t.token_id = ${key.tokenId} and t.token_hash is null`
      : sql`t.token_hash = ${key.tokenHash}`;
  const [row] = await sql<OwnerRow[]>`
    select t.token_id, t.vo, t.grants as token_grants, ${grantTexts(sql)} as account_grants,
           coalesce(t.expires_at <= clock_timestamp(), false) as is_expired,
           t.revoked_at is not null as is_revoked, a.disabled_at is not null as is_disabled,
           coalesce(t.last_used_at < clock_timestamp() - interval '1 minute', true) as is_stale,
           a.account_id, a.name, a.display_name
    from core.api_token t join core.account a using (account_id) where ${condition}`;
  if (row === undefined) return null;
  const { accountGrants, tokenGrants, isStale, ...owner } = row;
  if (isStale && !row.isExpired && !row.isRevoked && !row.isDisabled) await noteUse(sql, row.tokenId);
  const held = readGrants(accountGrants);
  return { ...owner, grants: tokenGrants === null ? held : intersectGrants(held, readGrants(tokenGrants)) };
}

async function noteUse(sql: Sql, tokenId: string): Promise<void> {
  await sql`
    update core.api_token set last_used_at = clock_timestamp()
    where token_id = ${tokenId} and coalesce(last_used_at < clock_timestamp() - interval '1 minute', true)`;
}

export interface TokenRow {
  tokenId: string;
  account: string;
  label: string;
  grants: string[] | null;
  vo: string | null;
  createdAt: Date;
  createdBy: string;
  expiresAt: Date | null;
  revokedAt: Date | null;
  isExpired: boolean;
  lastUsedAt: Date | null;
}

/** Tokens of one account, or of all; the newest first, at most 1,000. */
export async function listTokenRows(sql: Sql, accountId: number | null): Promise<TokenRow[]> {
  return sql<TokenRow[]>`
    select t.token_id, a.name as account, t.label, t.grants, t.vo, t.created_at, t.created_by, t.expires_at,
           t.revoked_at, coalesce(t.expires_at <= clock_timestamp(), false) as is_expired, t.last_used_at
    from core.api_token t join core.account a using (account_id)
    where ${accountId}::bigint is null or t.account_id = ${accountId}
    order by t.created_at desc, t.token_id limit 1000`;
}

/** Revokes a token (of that account only, unless `null`); returns the account's name, or `null` if there is none. */
export async function updateRevoked(
  sql: Sql,
  tokenId: string,
  accountId: number | null,
): Promise<string | null> {
  const [row] = await sql<{ name: string }[]>`
    update core.api_token t set revoked_at = coalesce(t.revoked_at, clock_timestamp())
    from core.account a
    where t.token_id = ${tokenId} and a.account_id = t.account_id
      and (${accountId}::bigint is null or t.account_id = ${accountId})
    returning a.name`;
  return row?.name ?? null;
}

/** Revokes what this token asked for, and what that asked for; a statement of its own, which sees the newest ones. */
export async function updateDescendantsRevoked(sql: Sql, tokenId: string): Promise<void> {
  await sql`
    with recursive descendant as (
      select token_id from core.api_token where parent_token_id = ${tokenId}
      union select t.token_id from core.api_token t join descendant d on t.parent_token_id = d.token_id)
    update core.api_token t set revoked_at = clock_timestamp()
    from descendant d where t.token_id = d.token_id and t.revoked_at is null`;
}
