import type { Routes } from '../../core/module.ts';
import { activityRoutes } from './activity.routes.ts';
import { affectedRoutes } from './affected.routes.ts';
import { bestReferenceRoutes } from './best-reference.routes.ts';
import { contextRoutes } from './context.routes.ts';
import { contextListRoutes } from './context-list.routes.ts';
import { datasetRoutes } from './dataset.routes.ts';
import { differenceRoutes } from './difference.routes.ts';
import { fileRoutes } from './file.routes.ts';
import { fileListRoutes } from './file-list.routes.ts';
import { observatoryRoutes } from './observatory.routes.ts';
import { operationRoutes } from './operation.routes.ts';
import { refuseNul } from './refuse-nul.ts';
import { searchRoutes } from './search.routes.ts';

/** Our own JSON API below `/api/crds`, as contracts/src/crds.ts describes it. */
export const apiRoutes: Routes = async (app, core) => {
  await app.register(async (scope) => {
    refuseNul(scope);
    observatoryRoutes(scope, core);
    contextListRoutes(scope, core);
    contextRoutes(scope, core);
    fileListRoutes(scope, core);
    fileRoutes(scope, core);
    differenceRoutes(scope, core);
    bestReferenceRoutes(scope, core);
    searchRoutes(scope, core);
    activityRoutes(scope, core);
    datasetRoutes(scope, core);
    affectedRoutes(scope, core);
    operationRoutes(scope, core);
  });
};
