import type { Core } from '../core/core.ts';
import type { ServiceModule } from '../core/module.ts';
import { affectedMonitor } from './affected/monitor.schedule.ts';
import { partTask } from './affected/part.task.ts';
import { planTask } from './affected/plan.task.ts';
import { startAffectedMonitor } from './affected/start.ts';
import { affectedBackup, affectedRetention } from './affected/tables.ts';
import { apiRoutes } from './api/index.ts';
import { contextsHealth } from './contexts/overdue.ts';
import { datasetRoutes } from './datasets/datasets.routes.ts';
import { datasetsBackup } from './datasets/tables.ts';
import { seedDemo } from './demo/seed-demo.ts';
import { bundleRoutes } from './downloads/bundle.routes.ts';
import { downloadRoutes } from './downloads/download.routes.ts';
import { crdsErrors } from './errors.ts';
import { fileThroughput, findObjects, mayFollowCalibration } from './figures.ts';
import {
  fetchReferencesTask,
  mirrorBackup,
  refreshMirrorsSchedule,
  refreshMirrorTask,
} from './mirror/index.ts';
import { crdsOverdue } from './overdue.ts';
import { stopAll } from './per-core.ts';
import { crdsPermissions } from './permissions.ts';
import { publishSchedule, publishTask, startPublishing } from './publish/index.ts';
import { reportSchedule } from './report/index.ts';
import { rootAddresses } from './rpc/bases.ts';
import { browseRoutes } from './rpc/browse.routes.ts';
import { baseRoutes, infoRoutes } from './rpc/info.routes.ts';
import { rpcRoutes } from './rpc/rpc.routes.ts';
import { filesHealth } from './scrub/health.ts';
import { scrubSchedule } from './scrub/scrub.schedule.ts';
import { keepingBackup, keepingRetention } from './scrub/tables.ts';
import { crdsSettings } from './settings.ts';
import { catalogueBackup } from './tables.ts';

/** Calibration reference files after CRDS: rules, contexts, best references, affected data. */
export const crds: ServiceModule = {
  name: 'crds',
  title: 'Calibration',
  migrations: new URL('./migrations/', import.meta.url),
  settings: crdsSettings,
  permissions: crdsPermissions,
  addresses: ['/crds', '/api/crds', ...rootAddresses],
  unknownPaths: { '/crds': crdsErrors },
  routes: [
    apiRoutes,
    datasetRoutes,
    rpcRoutes,
    browseRoutes,
    infoRoutes,
    baseRoutes,
    downloadRoutes,
    bundleRoutes,
  ],
  tasks: [publishTask, planTask, partTask, refreshMirrorTask, fetchReferencesTask],
  schedules: [publishSchedule, affectedMonitor, refreshMirrorsSchedule, scrubSchedule, reportSchedule],
  retention: [...affectedRetention, ...keepingRetention],
  backup: [...catalogueBackup, ...mirrorBackup, ...datasetsBackup, ...affectedBackup, ...keepingBackup],
  overdue: crdsOverdue,
  health: [contextsHealth, filesHealth],
  throughput: fileThroughput,
  find: findObjects,
  mayFollow: mayFollowCalibration,
  seed: seedDemo,
  async start(core: Core) {
    startAffectedMonitor(core);
    startPublishing(core);
    return { stop: () => stopAll(core) };
  },
};
