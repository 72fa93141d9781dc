import { anyAccount } from '../auth/index.ts';
import type { PermissionRule } from '../module.ts';

/** Permissions of the core's own routes; those of accounts and tokens stand with auth. */
export const operationPermissions: Record<string, PermissionRule> = {
  'core.read': { roles: [anyAccount] },
  'core.operate': { roles: ['operator'] },
};
