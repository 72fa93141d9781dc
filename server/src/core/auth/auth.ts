import type { Sql } from '../db/index.ts';
import { AppError } from '../errors.ts';
import type { AuthContext } from './context.ts';
import { type SessionCookie, sessionCookie } from './cookies.ts';
import {
  type Credential,
  type CredentialPlaces,
  type CredentialRequest,
  readCredential,
} from './credentials.ts';
import { anonymousIdentity, createIdentity, type Identity, type IdentityFields } from './identity.ts';
import { keyIdOf, verifyJwt } from './jwt.ts';
import type { Permissions } from './permissions.ts';
import { createRecent } from './recent.ts';
import { findSessionOwner } from './session.store.ts';
import { createPublicKeys, tokenForeign } from './signing-key.ts';
import { findTokenOwner, type TokenOwner } from './token.store.ts';
import { accountDisabled, hashOf, tokenRevoked } from './tokens.ts';

/** How long an answer of the database about a credential is used: what is revoked ends in 2 s everywhere. */
const rememberMs = 1500;

/** Identities, permissions, tokens and sessions of one process. */
export interface Auth {
  readonly permissions: Permissions;
  readonly context: AuthContext;
  readonly cookie: SessionCookie;
  /**
   * Who sends this request. Without credentials the anonymous identity; credentials that are not good throw
   * `unauthenticated` with a code that says why: `auth.credential-malformed`, `auth.token-unknown`,
   * `auth.token-foreign`, `auth.token-expired`, `auth.token-revoked`; or `auth.account-disabled`. The cookie of a
   * session that has ended gives the anonymous identity, so that one can sign in again.
   */
  authenticate(request: CredentialRequest, places?: CredentialPlaces): Promise<Identity>;
  /** Forgets what was remembered of the last 1.5 s: this process sees a change of its own at once. */
  forget(): void;
}

export interface AuthOptions {
  context: AuthContext;
  permissions: Permissions;
  publicUrl?: string | undefined;
}

export function createAuth({ context, permissions, publicUrl }: AuthOptions): Auth {
  const { sql } = context.db;
  const cookie = sessionCookie(publicUrl);
  const findPublicKey = createPublicKeys(sql);
  const recent = createRecent<Identity | null>({ forMs: rememberMs, atMost: 10_000 });

  async function identify(credential: Credential): Promise<Identity> {
    if (credential.kind === 'none') return anonymousIdentity(permissions);
    if (credential.kind === 'session') {
      const { value } = credential;
      const known = await recent.get(`session ${value}`, async () => {
        const fields = await askSession(sql, value);
        return fields === null ? null : createIdentity(permissions, fields);
      });
      return known ?? anonymousIdentity(permissions, true);
    }
    const { token, via } = credential;
    const known = await recent.get(`${via} ${token}`, async () =>
      createIdentity(permissions, { ...(await askToken(sql, findPublicKey, token)), via }),
    );
    if (known === null) throw tokenUnknown();
    return known;
  }

  return {
    permissions,
    context,
    cookie,
    authenticate: async (request, places = { session: true }) =>
      identify(readCredential(request, places, cookie.name)),
    forget: () => recent.clear(),
  };
}

type FindPublicKey = ReturnType<typeof createPublicKeys>;

/**
 * A JWT under one of our keys counts by its signature and its row, anything else by its hash alone. The place for
 * tokens of an identity provider is here, where a key is not ours.
 */
async function findToken(sql: Sql, findPublicKey: FindPublicKey, token: string): Promise<TokenOwner> {
  const keyId = keyIdOf(token);
  const publicKey = keyId === null ? null : await findPublicKey(keyId);
  const owner =
    publicKey === null
      ? await findTokenOwner(sql, { tokenHash: hashOf(token) })
      : await findTokenOwner(sql, { tokenId: await verifyJwt(token, publicKey) });
  if (owner !== null) return owner;
  throw keyId !== null && publicKey === null ? tokenForeign() : tokenUnknown();
}

async function askToken(sql: Sql, findPublicKey: FindPublicKey, token: string): Promise<IdentityFields> {
  const owner = await findToken(sql, findPublicKey, token);
  if (owner.isRevoked) throw tokenRevoked();
  if (owner.isExpired) throw tokenExpired();
  if (owner.isDisabled) throw accountDisabled(owner.name);
  const { accountId, name, displayName, grants, tokenId, vo } = owner;
  const fields = { accountId, name, displayName, grants, tokenId, ...(vo === null ? {} : { vo }) };
  return { kind: 'account', via: 'bearer', ...fields };
}

async function askSession(sql: Sql, value: string): Promise<IdentityFields | null> {
  const owner = await findSessionOwner(sql, hashOf(value));
  if (owner === null) return null;
  const { passwordState, ...fields } = owner;
  const passwordDue = passwordState === 'first' || passwordState === 'given';
  return { kind: 'account', ...fields, via: 'session', passwordDue };
}

function tokenUnknown(): AppError {
  return new AppError('unauthenticated', 'auth.token-unknown', 'This server does not know that token.', {
    next: 'Make one with "orrery token create" or on your account page.',
  });
}

function tokenExpired(): AppError {
  return new AppError('unauthenticated', 'auth.token-expired', 'This token has expired.', {
    next: 'Make a new one with "orrery token create" or on your account page.',
  });
}
