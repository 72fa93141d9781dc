export { type Account, findAccount, listAccounts, type PasswordState } from './account.store.ts';
export {
  createAccount,
  getAccount,
  grantRole,
  type NewAccountWish,
  resetPassword,
  revokeGrant,
  setDisabled,
} from './accounts.ts';
export { type Auth, type AuthOptions, createAuth } from './auth.ts';
export { renderSession } from './auth.wire.ts';
export { type Actor, type AuthContext, type AuthContextOptions, createAuthContext } from './context.ts';
export { type SessionCookie, sessionCookie } from './cookies.ts';
export { authPermissions } from './core-permissions.ts';
export type { CredentialPlaces, CredentialRequest } from './credentials.ts';
export { authBackup, authRetention } from './data-rules.ts';
export { parseDuration } from './duration.ts';
export { holds, intersectGrants } from './grants.ts';
export {
  anonymousIdentity,
  createIdentity,
  type Identity,
  type IdentityFields,
  type Via,
} from './identity.ts';
export {
  anyAccount,
  createPermissions,
  demandPermission,
  type PermissionOptions,
  type Permissions,
} from './permissions.ts';
export { actorOf, isLocalRequest } from './requests.ts';
export { formatGrant, type Grant, isRole, parseGrant, type Role, roles } from './roles.ts';
export { assertNotForeign, assertSameOrigin } from './same-origin.ts';
export { createSecretKey, loadSecretKey, type SecretKey } from './secret-key.ts';
export { type AdminPreset, seedAdmin } from './seed-admin.ts';
export { changePassword, endSession, signIn } from './sessions.ts';
export type { TokenRow } from './token.store.ts';
export {
  createToken,
  type IssuedToken,
  issueToken,
  listTokens,
  revokeToken,
  type TokenWish,
} from './tokens.ts';
