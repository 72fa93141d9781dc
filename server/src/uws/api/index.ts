import multipart from '@fastify/multipart';
import type { Routes } from '../../core/module.ts';
import { serviceOf } from '../service.ts';
import { takeJson } from './body.ts';
import { definitionRoutes } from './definition.routes.ts';
import { exportRoutes } from './export.routes.ts';
import { jobRoutes } from './job.routes.ts';
import { listRoutes } from './list.routes.ts';
import { shareRoutes } from './share.routes.ts';

/** Our own JSON API below `/api/uws`, as contracts/src/uws.ts describes it. */
export const apiRoutes: Routes = async (app, core) => {
  const service = serviceOf(core);
  await app.register(async (scope) => {
    await scope.register(multipart, {
      limits: { fileSize: Number.MAX_SAFE_INTEGER },
      throwFileSizeLimit: true,
    });
    takeJson(scope);
    definitionRoutes(scope, service);
    listRoutes(scope, service);
    exportRoutes(scope, service);
    jobRoutes(scope, service);
    shareRoutes(scope, service);
  });
};
