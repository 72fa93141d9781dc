import type { Routes } from '../../core/module.ts';
import { refuseNul } from './body.ts';
import { endpointRoutes } from './endpoint.routes.ts';
import { errorRoutes } from './errors.routes.ts';
import { flowRoutes } from './flow.routes.ts';
import { harvesterRoutes } from './harvester.routes.ts';
import { harvesterActRoutes } from './harvester-acts.routes.ts';
import { jobRoutes } from './job.routes.ts';
import { jobListRoutes } from './job-list.routes.ts';
import { nodeRoutes } from './node.routes.ts';
import { pilotRoutes } from './pilot.routes.ts';
import { queueRoutes } from './queue.routes.ts';
import { retryDecisionRoutes } from './retry-decision.routes.ts';
import { retryRuleRoutes } from './retry-rule.routes.ts';
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
    endpointRoutes(scope, core);
    errorRoutes(scope, core);
    retryRuleRoutes(scope, core);
    retryDecisionRoutes(scope, core);
    shareRoutes(scope, core);
    workerRoutes(scope, core);
    pilotRoutes(scope, core);
    nodeRoutes(scope, core);
    harvesterRoutes(scope, core);
    harvesterActRoutes(scope, core);
  });
};
