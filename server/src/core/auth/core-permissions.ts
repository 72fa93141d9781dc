import type { PermissionRule } from '../module.ts';
import { anyAccount, ownPassword } from './permissions.ts';

/** Permissions of identity and of the audit trail. Where no role is named, `admin` alone holds them. */
export const authPermissions: Record<string, PermissionRule> = {
  [ownPassword]: { roles: [anyAccount] },
  'core.own-account': { roles: [anyAccount] },
  'core.accounts': { roles: [] },
  'core.audit': { roles: ['operator'] },
};
