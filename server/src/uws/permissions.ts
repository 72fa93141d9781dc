import { settingsOf } from '../core/config/index.ts';
import type { Core } from '../core/core.ts';
import type { PermissionRule } from '../core/module.ts';
import { uwsSettings } from './settings.ts';

const anonymousMode = (core: Core) => settingsOf(core.config, 'uws', uwsSettings).anonymous;

/** Scopes name a definition: `uws.run:hello` may run `hello` and nothing else. */
export const uwsPermissions = {
  'uws.job.create': {
    roles: ['user', 'uws.run', 'uws.author', 'operator'],
    scope: 'definition',
    anonymous: (core) => anonymousMode(core) === 'run',
  },
  'uws.job.read': {
    roles: ['user', 'uws.run', 'uws.author', 'operator'],
    scope: 'definition',
    anonymous: (core) => anonymousMode(core) !== 'off',
  },
  /** Change, run, abort and delete one's own jobs. */
  'uws.job.control': {
    roles: ['user', 'uws.run', 'uws.author', 'operator'],
    scope: 'definition',
    anonymous: (core) => anonymousMode(core) === 'run',
  },
  /** See and control the jobs of everybody. */
  'uws.job.any': { roles: ['operator'] },
  'uws.definition.read': {
    roles: ['user', 'uws.run', 'uws.author', 'operator'],
    scope: 'definition',
    anonymous: (core) => anonymousMode(core) !== 'off',
  },
  'uws.definition.write': { roles: ['uws.author'], scope: 'definition' },
} as const satisfies Record<string, PermissionRule>;
