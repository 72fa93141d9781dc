export type { Auth, CredentialPlaces, CredentialRequest } from './auth.ts';
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
export { formatGrant, type Grant, isRole, parseGrant, type Role, roles } from './roles.ts';
