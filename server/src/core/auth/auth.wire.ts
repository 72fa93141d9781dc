import type * as wire from '@orrery/contracts/auth';
import type { Account } from './account.store.ts';
import type { Identity } from './identity.ts';
import type { Permissions } from './permissions.ts';
import type { SessionRow } from './session.store.ts';
import type { TokenRow } from './token.store.ts';

export function renderSession(identity: Identity, permissions: Permissions): wire.Session {
  return {
    name: identity.name,
    displayName: identity.displayName,
    anonymous: identity.kind === 'anonymous',
    mustChangePassword: identity.passwordDue === true,
    grants: identity.grants.map(({ role, scope }) => ({ role, scope })),
    permissions: permissions.names.filter((name) => identity.may(name)),
  };
}

export function renderAccount(account: Account): wire.AccountRow {
  return {
    name: account.name,
    displayName: account.displayName,
    grants: account.grants,
    password: account.passwordState,
    createdAt: account.createdAt.toISOString(),
    disabledAt: account.disabledAt?.toISOString() ?? null,
  };
}

export function renderToken(row: TokenRow): wire.TokenRow {
  return {
    id: row.tokenId,
    account: row.account,
    label: row.label,
    grants: row.grants,
    vo: row.vo,
    createdAt: row.createdAt.toISOString(),
    createdBy: row.createdBy,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    state: row.revokedAt !== null ? 'revoked' : row.isExpired ? 'expired' : 'good',
  };
}

export function renderSessionRow(row: SessionRow, currentId: string | undefined): wire.SessionRow {
  return {
    id: row.sessionId,
    current: row.sessionId === currentId,
    createdAt: row.createdAt.toISOString(),
    seenAt: row.seenAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    address: row.address,
    userAgent: row.userAgent,
  };
}
