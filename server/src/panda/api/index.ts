import type { Routes } from '../../core/module.ts';
import { refuseNul } from './body.ts';
import { errorRoutes } from './errors.routes.ts';
import { flowRoutes } from './flow.routes.ts';
import { jobRoutes } from './job.routes.ts';
import { jobListRoutes } from './job-list.routes.ts';
import { nodeRoutes } from './node.routes.ts';
import { queueRoutes } from './queue.routes.ts';
import { shareRoutes } from './share.routes.ts';
import { workerRoutes } from './worker.routes.ts';

/** Our own JSON API below `/api/panda`, as contracts/src/panda.ts describes it. */
export const apiRoutes: Routes = async (app, core) => {
  await app.register(async (scope) => {
    refuseNul(scope);
    flowRoutes(scope, core);
    queueRoutes(scope, core);
    jobListRoutes(scope, core);
    jobRoutes(scope, core);
    errorRoutes(scope, core);
    shareRoutes(scope, core);
    workerRoutes(scope, core);
    nodeRoutes(scope, core);
  });
};
