import type { Core } from '../core/core.ts';
import type { ServiceModule } from '../core/module.ts';
import { crdsErrors } from './errors.ts';
import { stopAll } from './per-core.ts';
import { crdsPermissions } from './permissions.ts';
import { crdsSettings } from './settings.ts';
import { catalogueBackup } from './tables.ts';

/** Calibration reference files after CRDS: rules, contexts, best references, affected data. */
export const crds: ServiceModule = {
  name: 'crds',
  title: 'Calibration',
  migrations: new URL('./migrations/', import.meta.url),
  settings: crdsSettings,
  permissions: crdsPermissions,
  addresses: ['/crds', '/api/crds'],
  unknownPaths: { '/crds': crdsErrors },
  routes: [],
  tasks: [],
  schedules: [],
  retention: [],
  backup: [...catalogueBackup],
  async start(core: Core) {
    return { stop: () => stopAll(core) };
  },
};
