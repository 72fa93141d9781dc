import type { Core } from '../core/core.ts';
import type { ServiceModule } from '../core/module.ts';
import { apiRoutes } from './api/index.ts';
import { seedDefinitions } from './definitions/seeds.ts';
import { uwsErrors } from './errors.ts';
import { findObjects, jobThroughput } from './figures.ts';
import { jobTopic } from './jobs/jobs.store.ts';
import { maySee } from './jobs/jobs.ts';
import { opusAddresses, opusRoutes, opusUnknownPaths } from './opus/index.ts';
import { overdueJobs } from './overdue.ts';
import { uwsPermissions } from './permissions.ts';
import { restRoutes } from './rest/index.ts';
import { collectResultsTask } from './results/collect-results.task.ts';
import { followRun } from './run/changes.ts';
import { deleteJobTask } from './run/delete-job.task.ts';
import { destroyDueSchedule } from './run/destroy-due.schedule.ts';
import { discardRunTask } from './run/discard-run.task.ts';
import { fetchInputsTask } from './run/fetch-inputs.task.ts';
import { lookAfterSchedule } from './run/look-after.schedule.ts';
import { serviceOf } from './service.ts';
import { uwsSettings } from './settings.ts';

/** Any command as a web service after IVOA UWS 1.1. */
export const uws: ServiceModule = {
  name: 'uws',
  title: 'Services',
  migrations: new URL('./migrations/', import.meta.url),
  settings: uwsSettings,
  permissions: uwsPermissions,
  addresses: ['/rest', '/api/uws', ...opusAddresses],
  unknownPaths: { '/rest': uwsErrors, ...opusUnknownPaths },
  routes: [restRoutes, apiRoutes, opusRoutes],
  tasks: [fetchInputsTask, collectResultsTask, discardRunTask, deleteJobTask],
  schedules: [destroyDueSchedule, lookAfterSchedule],
  // Jobs go by their destruction time, definitions stay: a job keeps its version.
  retention: [],
  backup: [
    { table: 'uws.definition', how: 'rows' },
    { table: 'uws.job', how: 'rows' },
    { table: 'uws.job_phase', how: 'rows' },
    { table: 'uws.result', how: 'rows' },
    { table: 'uws.owner_usage', how: 'rows' },
  ],
  overdue: overdueJobs,
  throughput: jobThroughput,
  find: findObjects,
  mayFollow: (identity, { topic, data }) =>
    topic === jobTopic && maySee(identity, data as { ownerId: string | null }),
  seed: seedDefinitions,
  async start(core: Core) {
    const service = serviceOf(core);
    core.compute.onChange('uws', (tx, run) => followRun(core, tx, run));
    return {
      async stop() {
        await Promise.all([service.createPending.close(), service.readTogether.close()]);
      },
    };
  },
};
