import { settingsOf } from '../core/config/index.ts';
import type { PermissionRule } from '../core/module.ts';
import { crdsSettings } from './settings.ts';

/** Scopes name an observatory: `crds.operator:hst`. */
export const crdsPermissions = {
  /** Rules, contexts, references, recommendations, affected data. */
  'crds.read': {
    roles: ['user', 'crds.submitter', 'crds.operator', 'archive', 'operator'],
    anonymous: (core) => settingsOf(core.config, 'crds', crdsSettings).public,
  },
  /** Register the headers of datasets. */
  'crds.register': { roles: ['archive', 'crds.operator', 'operator'], scope: 'observatory' },
  /** Set contexts, mark files bad, import, run comparisons. */
  'crds.operate': { roles: ['crds.operator', 'operator'], scope: 'observatory' },
} as const satisfies Record<string, PermissionRule>;
