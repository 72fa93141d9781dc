import type { IncomingHttpHeaders } from 'node:http';
import type { Routes } from '../../core/module.ts';
import { openToScripts } from '../errors.ts';
import { serviceOf } from '../service.ts';
import { takeForms } from './control.ts';
import { jobRoutes } from './job.routes.ts';
import { listRoutes } from './list.routes.ts';
import { parameterRoutes } from './parameters.routes.ts';
import { resultRoutes } from './results.routes.ts';
import { syncRoutes } from './sync.routes.ts';
import { vosiRoutes } from './vosi.routes.ts';

/** The wire of UWS 1.1 below `/rest`: one job list per definition. */
export const restRoutes: Routes = async (app, core) => {
  const service = serviceOf(core);
  await app.register(async (scope) => {
    await takeForms(scope);
    scope.addHook('onRequest', async (request, reply) => {
      openToScripts(request, reply);
      nameType(request.raw.headers);
    });
    listRoutes(scope, service);
    jobRoutes(scope, service);
    parameterRoutes(scope, service);
    resultRoutes(scope, service);
    syncRoutes(scope, service);
    vosiRoutes(scope, service);
  });
};

/** Bodies are taken whatever their type claims: one without a type, or with a word that is none, gets the neutral one. */
function nameType(headers: IncomingHttpHeaders): void {
  const isType = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+\s*(?:;.*)?$/.test(headers['content-type'] ?? '');
  if (!isType) headers['content-type'] = 'application/octet-stream';
}
