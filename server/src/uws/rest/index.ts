import type { Routes } from '../../core/module.ts';
import { serviceOf } from '../service.ts';
import { takeForms } from './control.ts';
import { jobRoutes } from './job.routes.ts';
import { listRoutes } from './list.routes.ts';
import { parameterRoutes } from './parameters.routes.ts';
import { resultRoutes } from './results.routes.ts';

/** The wire of UWS 1.1 below `/rest`: one job list per definition. */
export const restRoutes: Routes = async (app, core) => {
  const service = serviceOf(core);
  await app.register(async (scope) => {
    await takeForms(scope);
    scope.addHook('onRequest', async (request, reply) => {
      // Scripts on other pages may ask with a token; cookies are never sent along, since no origin is named.
      if (request.headers.origin !== undefined) void reply.header('access-control-allow-origin', '*');
    });
    listRoutes(scope, service);
    jobRoutes(scope, service);
    parameterRoutes(scope, service);
    resultRoutes(scope, service);
  });
};
