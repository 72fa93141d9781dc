import type { KeyObject } from 'node:crypto';
import { AppError } from '../errors.ts';
import type { Grant } from './roles.ts';
import { type SigningKey, tokenForeign } from './signing-key.ts';

/** Whom our tokens are for. */
const audience = 'orrery';
/** Old clients keep tokens in places of limited size. */
const maxBytes = 1000;

export interface TokenClaims {
  issuer: string;
  tokenId: string;
  accountId: number;
  accountName: string;
  displayName: string;
  grants: readonly Grant[];
  vo?: string;
  expiresAt: Date;
}

/**
 * Makes the JWT. Its claims are there for old clients that read them; the server trusts the row alone.
 * Groups are left out from the end when the token would grow beyond 1,000 bytes.
 */
export async function signJwt(key: SigningKey, claims: TokenClaims): Promise<string> {
  const { SignJWT } = await import('jose');
  const groups = groupsOf(claims.grants, claims.vo);
  for (;;) {
    const token = await new SignJWT({
      name: claims.displayName,
      preferred_username: claims.accountName,
      groups,
      ...(claims.vo === undefined ? {} : { vo: claims.vo }),
    })
      .setProtectedHeader({ alg: 'EdDSA', kid: key.keyId, typ: 'JWT' })
      .setIssuer(claims.issuer)
      .setSubject(String(claims.accountId))
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(claims.expiresAt)
      .setJti(claims.tokenId)
      .sign(key.privateKey);
    if (token.length <= maxBytes || groups.length === 0) return token;
    groups.pop();
  }
}

/** `panda.pilot` in `local` is told to clients as the group `local/pilot`; without a VO by the role's name alone. */
function groupsOf(grants: readonly Grant[], vo: string | undefined): string[] {
  const groups = grants.flatMap(({ role, scope }) => {
    const word = role.slice(role.indexOf('.') + 1);
    const scopes = scope?.split(',') ?? (vo === undefined ? [] : [vo]);
    return scopes.length === 0 ? [role] : scopes.map((one) => `${one}/${word}`);
  });
  return [...new Set(groups)].slice(0, 16);
}

/** The key id in the header of something that looks like a JWT; `null` when it does not look like one of ours. */
export function keyIdOf(token: string): string | null {
  const header = /^([\w-]+)\.[\w-]*\.[\w-]*$/.exec(token)?.[1];
  if (header === undefined) return null;
  try {
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid?: unknown };
    return typeof kid === 'string' && kid.length <= 64 ? kid : null;
  } catch {
    return null;
  }
}

/**
 * Checks signature and audience and returns the `jti`. Whether the token is expired or revoked is said by its row.
 * Throws `auth.token-foreign`.
 */
export async function verifyJwt(token: string, publicKey: KeyObject): Promise<string> {
  const { compactVerify } = await import('jose');
  try {
    const { payload } = await compactVerify(token, publicKey, { algorithms: ['EdDSA'] });
    const claims = JSON.parse(Buffer.from(payload).toString()) as { aud?: unknown; jti?: unknown };
    if (claims.aud === audience && typeof claims.jti === 'string') return claims.jti;
  } catch {
    // Whatever is wrong with it, it is not one of ours; the cause would tell a forger where he is.
  }
  throw tokenForeign();
}

/** Thrown for credentials that cannot be read at all. */
export function credentialMalformed(sentence: string): AppError {
  return new AppError('unauthenticated', 'auth.credential-malformed', sentence, {
    next: 'Send an API token as "Authorization: Bearer …", or as the password of Basic.',
  });
}
