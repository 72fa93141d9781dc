import type { Routes } from '../../core/module.ts';
import { refuseNul } from './body.ts';
import { jobRoutes } from './job.routes.ts';
import { jobListRoutes } from './job-list.routes.ts';

/** Our own JSON API below `/api/panda`, as contracts/src/panda.ts describes it. */
export const apiRoutes: Routes = async (app, core) => {
  await app.register(async (scope) => {
    refuseNul(scope);
    jobListRoutes(scope, core);
    jobRoutes(scope, core);
  });
};
