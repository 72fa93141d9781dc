import type { Core } from '../core/core.ts';
import type { BackupRule, ServiceModule } from '../core/module.ts';
import { addOutputTask } from './adder/adder.task.ts';
import { lookAfterReportsSchedule } from './adder/look-after-reports.schedule.ts';
import { apiRoutes } from './api/index.ts';
import { mayFollowJob } from './api/sight.ts';
import { authRoutes } from './auth/auth.routes.ts';
import { downloadRoutes } from './cache/download.routes.ts';
import { purgeCacheSchedule } from './cache/purge.schedule.ts';
import { uploadRoutes } from './cache/upload.routes.ts';
import { datasetsSchedule } from './catalogue/datasets.schedule.ts';
import { pandaErrors } from './errors.ts';
import { seedFactoryAccount } from './factory/account.ts';
import { endPilotTask } from './factory/end-pilot.task.ts';
import { factorySchedule } from './factory/factory.schedule.ts';
import { followRun } from './factory/follow-run.ts';
import { rememberListener } from './factory/server-address.ts';
import { storageRoutes } from './factory/storage.routes.ts';
import { storageSweepSchedule } from './factory/storage-sweep.schedule.ts';
import { factoryBackup } from './factory/tables.ts';
import { wakeFactory } from './factory/wake.ts';
import { findObjects, jobThroughput } from './figures.ts';
import { frontRoutes } from './front/routes.ts';
import { seedHarvester } from './harvester/seed-harvester.ts';
import { streamPilotsSchedule } from './harvester/stream-pilots.schedule.ts';
import { harvesterBackup, harvesterRetention } from './harvester/tables.ts';
import { partitionsSchedule } from './jobs/partitions.schedule.ts';
import { foldTallySchedule } from './jobs/tally.schedule.ts';
import { monitorRoutes } from './monitor/monitor.routes.ts';
import { overdueWork } from './overdue.ts';
import { stopAll } from './per-core.ts';
import { pandaPermissions } from './permissions.ts';
import { queueRoutes } from './queues/queues.routes.ts';
import { seedQueues } from './queues/seed-queues.ts';
import { sweepHeartbeatsSchedule } from './report/sweep.schedule.ts';
import { retryBackup, retryRetention } from './retry/tables.ts';
import { pandaSettings } from './settings.ts';
import { setupJobsTask } from './setup/setup-jobs.task.ts';
import { seedShares } from './shares/seed-shares.ts';
import { trfRoutes } from './trf/trf.routes.ts';
import { watchPilotsSchedule, watchWaitingSchedule } from './watch/watch.schedule.ts';
import { syncWorkersSchedule } from './workers/sync-workers.schedule.ts';

/** Workload management after PanDA: jobs wait in queues, pilots pull, run and report them. */
export const panda: ServiceModule = {
  name: 'panda',
  title: 'Work',
  migrations: new URL('./migrations/', import.meta.url),
  settings: pandaSettings,
  permissions: pandaPermissions,
  addresses: [
    '/api/panda',
    '/jobs',
    '/job',
    '/tasks',
    '/task',
    '/server',
    '/api/v1',
    '/api/latest',
    '/cache',
    '/cric',
    '/trf',
    '/auth',
  ],
  unknownPaths: {
    '/server': pandaErrors,
    '/api/v1': pandaErrors,
    '/api/latest': pandaErrors,
    '/cache': pandaErrors,
    '/cric': pandaErrors,
    '/trf': pandaErrors,
    '/auth': pandaErrors,
  },
  routes: [
    queueRoutes,
    trfRoutes,
    downloadRoutes,
    uploadRoutes,
    authRoutes,
    frontRoutes,
    apiRoutes,
    monitorRoutes,
    storageRoutes,
    rememberListener,
  ],
  tasks: [setupJobsTask, addOutputTask, endPilotTask],
  schedules: [
    sweepHeartbeatsSchedule,
    partitionsSchedule,
    foldTallySchedule,
    watchPilotsSchedule,
    watchWaitingSchedule,
    lookAfterReportsSchedule,
    datasetsSchedule,
    syncWorkersSchedule,
    streamPilotsSchedule,
    purgeCacheSchedule,
    factorySchedule,
    storageSweepSchedule,
  ],
  retention: [
    { table: 'panda.pilot_run', column: 'ended_at', days: 31, what: 'pilots that this server started' },
    ...harvesterRetention,
    {
      table: 'panda.sandbox',
      column: 'created_at',
      days: 30,
      what: 'sandboxes that users sent to other hosts',
    },
    { table: 'panda.token_key', column: 'expires_at', days: 1, what: 'expired keys of tokens' },
    ...retryRetention,
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
    'queue_activity',
    'queue_last_pilot',
  ]
    .map((table): BackupRule => ({ table: `panda.${table}`, how: 'rows' }))
    .concat(harvesterBackup, factoryBackup, retryBackup),
  async seed(core) {
    await seedShares(core);
    await seedQueues(core);
    await seedFactoryAccount(core);
    await seedHarvester(core);
  },
  overdue: overdueWork,
  throughput: jobThroughput,
  find: findObjects,
  mayFollow: (identity, { topic, data }) => topic === 'panda.job' && mayFollowJob(identity, data),
  async start(core: Core) {
    core.compute.onChange('panda', (tx, run) => followRun(core, tx, run));
    const factory = core.config.role === 'web' ? null : wakeFactory(core);
    return {
      async stop() {
        await factory?.stop();
        await stopAll(core);
      },
    };
  },
};
