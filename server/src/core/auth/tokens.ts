import { createHash } from 'node:crypto';
import type { AuditEntry } from '../audit/index.ts';
import type { Tx } from '../db/index.ts';
import { AppError } from '../errors.ts';
import { unguessableId } from '../ids.ts';
import { getAccount } from './accounts.ts';
import type { Actor, AuthContext } from './context.ts';
import { parseDuration } from './duration.ts';
import { holds } from './grants.ts';
import { signJwt } from './jwt.ts';
import { formatGrant, type Grant, parseGrant } from './roles.ts';
import { getSigningKey } from './signing-key.ts';
import {
  insertToken,
  listTokenRows,
  lockGoodToken,
  type TokenRow,
  updateDescendantsRevoked,
  updateRevoked,
} from './token.store.ts';

export interface TokenWish {
  /** Name of the account. */
  user: string;
  /** Each `role` or `role:scope`; absent = everything the account holds, now and later. */
  roles?: readonly string[];
  /** A duration as `parseDuration` reads it; 30 days unless told. */
  expires?: string;
  vo?: string;
  /**
   * Asked for by a token: the new one can do no more than that one, and ends with it. With `renews` it may outlive that
   * one's time, but not its revocation.
   */
  within?: { tokenId: string; grants: readonly Grant[]; renews?: true };
  /** What it is for, as its owner calls it. */
  label?: string;
}

export interface IssuedToken {
  token: string;
  tokenId: string;
  expiresAt: Date;
  grants: string[] | null;
}

/** SHA-256, under which an opaque token or a session is stored. They are random, so no slow hash is needed. */
export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/**
 * Makes an API token. It can do what it was made for and what its account may do at that moment, never more.
 * Throws `auth.account-unknown`, `auth.account-disabled`, `auth.grant-missing`, `auth.vo-invalid`,
 * `auth.duration-invalid`, and what `parseGrant` throws.
 */
export async function issueToken(context: AuthContext, actor: Actor, wish: TokenWish): Promise<IssuedToken> {
  const expiresInMs = parseDuration(wish.expires ?? '30d');
  const wanted = wantedGrants(wish);
  checkVo(wish.vo);
  const key = await getSigningKey(context);
  return context.db.transaction(async (tx) => {
    const account = await getAccount(tx, wish.user);
    if (account.disabledAt !== null) throw accountDisabled(account.name);
    for (const grant of wanted ?? []) requireHeld(account.name, wish.within?.grants ?? account.grants, grant);
    const parentTokenId = wish.within?.tokenId ?? null;
    if (parentTokenId !== null && !(await lockGoodToken(tx, parentTokenId))) throw tokenRevoked();
    const tokenId = unguessableId();
    const grants = wanted?.map(formatGrant) ?? null;
    const expiresAt = await insertToken(tx, {
      tokenId,
      accountId: account.accountId,
      label: wish.label ?? 'API token',
      grants,
      vo: wish.vo ?? null,
      createdBy: actor.name,
      expiresInMs,
      parentTokenId,
      renews: wish.within?.renews === true,
    });
    await recordToken(context, tx, actor, 'auth.token-created', tokenId, {
      account: account.name,
      grants,
      vo: wish.vo ?? null,
      expiresAt: expiresAt.toISOString(),
    });
    const token = await signJwt(key, {
      issuer: context.issuer,
      tokenId,
      accountId: account.accountId,
      accountName: account.name,
      displayName: account.displayName,
      grants: wanted ?? account.grants,
      expiresAt,
      ...(wish.vo === undefined ? {} : { vo: wish.vo }),
    });
    return { token, tokenId, expiresAt, grants };
  });
}

/** `null` = everything the account holds. */
function wantedGrants({ roles = [], within }: TokenWish): readonly Grant[] | null {
  if (roles.length > 0) return roles.map(parseGrant);
  return within?.grants ?? null;
}

/** As `issueToken`, for those who want nothing but the token. */
export async function createToken(context: AuthContext, actor: Actor, wish: TokenWish): Promise<string> {
  return (await issueToken(context, actor, wish)).token;
}

function checkVo(vo: string | undefined): void {
  if (vo === undefined || /^[\w.+-]{1,64}$/.test(vo)) return;
  throw new AppError('invalid', 'auth.vo-invalid', `"${vo.slice(0, 60)}" is no name of a VO.`, {
    next: 'Use up to 64 letters, digits and . _ + -.',
  });
}

function requireHeld(account: string, held: readonly Grant[], wanted: Grant): void {
  const scopes = wanted.scope?.split(',') ?? [null];
  if (scopes.every((scope) => holds(held, wanted.role, scope))) return;
  throw new AppError('forbidden', 'auth.grant-missing', `${account} does not hold ${formatGrant(wanted)}.`, {
    next: `Grant it first: orrery user grant ${account} ${formatGrant(wanted)}`,
  });
}

export function tokenRevoked(): AppError {
  return new AppError('unauthenticated', 'auth.token-revoked', 'This token was revoked.', {
    next: 'Make a new one with "orrery token create" or on your account page.',
  });
}

export function accountDisabled(name: string): AppError {
  return new AppError('forbidden', 'auth.account-disabled', `The account ${name} is closed.`, {
    next: 'Ask an administrator to open it again.',
    details: { account: name },
  });
}

/** Tokens of one account, or of all; never the tokens themselves. Throws `auth.account-unknown`. */
export async function listTokens(context: AuthContext, user?: string): Promise<TokenRow[]> {
  const account = user === undefined ? null : await getAccount(context.db.sql, user);
  return listTokenRows(context.db.sql, account?.accountId ?? null);
}

/**
 * Ends a token and those it asked for; every process refuses them within two seconds. With `ownerId` only a token of that account.
 * Throws `auth.token-missing`.
 */
export async function revokeToken(
  context: AuthContext,
  actor: Actor,
  tokenId: string,
  ownerId: number | null = null,
): Promise<void> {
  await context.db.transaction(async (tx) => {
    const account = await updateRevoked(tx, tokenId, ownerId);
    if (account === null) {
      throw new AppError('missing', 'auth.token-missing', `There is no token ${tokenId.slice(0, 40)}.`, {
        next: 'The list of tokens has their numbers ("orrery token list").',
      });
    }
    await updateDescendantsRevoked(tx, tokenId);
    await recordToken(context, tx, actor, 'auth.token-revoked', tokenId, { account });
  });
}

async function recordToken(
  context: AuthContext,
  tx: Tx,
  actor: Actor,
  action: string,
  tokenId: string,
  details: NonNullable<AuditEntry['details']>,
): Promise<void> {
  const { name, ...where } = actor;
  const object = { kind: 'token', id: tokenId };
  await context.audit.record(tx, { actor: name, action, object, details, ...where });
}
