import type { PermissionRule } from '../core/module.ts';

/** Scopes name a VO, or `VO/group` for production. */
export const pandaPermissions = {
  /** Take jobs, report on them, speak for workers. */
  'panda.pilot': { roles: ['panda.pilot'], scope: 'VO' },
  /** Any operation on any task and job of the VO. */
  'panda.production': { roles: ['panda.production', 'operator'], scope: 'VO' },
  /** Submit, and control one's own tasks and jobs. */
  'panda.submit': { roles: ['user', 'panda.production', 'operator'], scope: 'VO' },
  /** Look at queues, jobs, workers and shares on the page. */
  'panda.read': { roles: ['user', 'panda.production', 'panda.pilot', 'operator'] },
  /** Change queues, shares, rules and downtimes. */
  'panda.operate': { roles: ['operator'] },
} as const satisfies Record<string, PermissionRule>;
