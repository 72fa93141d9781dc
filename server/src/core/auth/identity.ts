import type { Permissions } from './permissions.ts';
import type { Grant } from './roles.ts';

export type Via = 'session' | 'bearer' | 'basic' | 'cookie-token' | 'none';

/** Who is asking, as every route sees it in `request.identity`. */
export interface Identity {
  readonly kind: 'account' | 'anonymous';
  /** Number of the account; `null` for anonymous callers. */
  readonly accountId: number | null;
  /** Sign-in name, unique; `anonymous` without credentials. */
  readonly name: string;
  readonly displayName: string;
  /** What the caller holds now: the account's grants, narrowed by the token's. */
  readonly grants: readonly Grant[];
  readonly via: Via;
  /** `jti` of the API token that was shown. */
  readonly tokenId?: string;
  /** VO that the token was made for. */
  readonly vo?: string;
  /** Public number of the session, when the identity came from one. */
  readonly sessionId?: string;
  /** True until a password set by somebody else is changed: nothing but that is allowed. */
  readonly passwordDue?: boolean;
  /** True when the caller showed the cookie of a session that has ended. */
  readonly sessionEnded?: boolean;
  /**
   * Without `scope`: whether the permission is held at all, which is what lets a request through the door.
   * With `scope`: whether it is held there. A route whose permission has scopes asks again with the scope.
   */
  may(permission: string, scope?: string): boolean;
  /** The scopes in which the permission is held: `all`, or a list that may be empty. */
  scopesOf(permission: string): 'all' | string[];
}

/** The parts of an identity that are not functions. */
export type IdentityFields = Omit<Identity, 'may' | 'scopesOf'>;

/** Binds the fields to the table of permissions. */
export function createIdentity(permissions: Permissions, fields: IdentityFields): Identity {
  return {
    ...fields,
    may: (permission, scope) => permissions.allows(fields, permission, scope),
    scopesOf: (permission) => permissions.scopesOf(fields, permission),
  };
}

/** The identity of a caller without credentials. */
export function anonymousIdentity(permissions: Permissions, sessionEnded = false): Identity {
  return createIdentity(permissions, {
    kind: 'anonymous',
    accountId: null,
    name: 'anonymous',
    displayName: 'Anonymous',
    grants: [],
    via: 'none',
    ...(sessionEnded ? { sessionEnded } : {}),
  });
}
