import type { Core } from '../core/core.ts';
import type { ServiceModule } from '../core/module.ts';
import { addOutputTask } from './adder/adder.task.ts';
import { apiRoutes } from './api/index.ts';
import { pandaErrors } from './errors.ts';
import { frontRoutes } from './front/routes.ts';
import { partitionsSchedule } from './jobs/partitions.schedule.ts';
import { foldTallySchedule } from './jobs/tally.schedule.ts';
import { stopAll } from './per-core.ts';
import { pandaPermissions } from './permissions.ts';
import { queueRoutes } from './queues/queues.routes.ts';
import { seedQueues } from './queues/seed-queues.ts';
import { pandaSettings } from './settings.ts';
import { setupJobsTask } from './setup/setup-jobs.task.ts';
import { seedShares } from './shares/seed-shares.ts';
import { trfRoutes } from './trf/trf.routes.ts';

/** Workload management after PanDA: jobs wait in queues, pilots pull, run and report them. */
export const panda: ServiceModule = {
  name: 'panda',
  title: 'Work',
  migrations: new URL('./migrations/', import.meta.url),
  settings: pandaSettings,
  permissions: pandaPermissions,
  addresses: ['/api/panda', '/server', '/api/v1', '/api/latest', '/cache', '/cric', '/trf', '/auth'],
  unknownPaths: {
    '/server': pandaErrors,
    '/api/v1': pandaErrors,
    '/api/latest': pandaErrors,
    '/cache': pandaErrors,
    '/cric': pandaErrors,
    '/trf': pandaErrors,
    '/auth': pandaErrors,
  },
  routes: [queueRoutes, trfRoutes, frontRoutes, apiRoutes],
  tasks: [setupJobsTask, addOutputTask],
  schedules: [partitionsSchedule, foldTallySchedule],
  retention: [
    { table: 'panda.retry_decision', column: 'at', days: 93, what: 'what rules did with failed jobs' },
    { table: 'panda.job_history', column: 'at', days: 93, what: 'transitions of jobs', partitioned: 'day' },
    { table: 'panda.queue_activity', column: 'slot', days: 93, what: 'what pilots asked of queues' },
    { table: 'panda.outcome', column: 'hour', days: 400, what: 'how jobs ended, by hour' },
  ],
  backup: [
    'queue',
    'queue_version',
    'downtime',
    'endpoint',
    'cache_file',
    'sandbox',
    'token_key',
    'secret',
    'resource_type',
    'share',
    'job',
    'job_transition',
    'job_spec',
    'file',
    'job_text',
    'job_archive',
    'heartbeat',
    'job_debug',
    'output_report',
    'job_history',
    'tally',
    'tally_change',
    'outcome',
    'outcome_change',
    'worker',
    'job_worker',
    'task',
    'task_dataset',
    'task_file',
    'dataset',
    'dataset_member',
    'dataset_file',
    'retry_action',
    'retry_rule',
    'retry_decision',
    'queue_activity',
    'queue_last_pilot',
  ].map((table) => ({ table: `panda.${table}`, how: 'rows' as const })),
  async seed(core) {
    await seedShares(core);
    await seedQueues(core);
  },
  async start(core: Core) {
    return { stop: () => stopAll(core) };
  },
};
