import { takeAnyBody } from '../../core/http/index.ts';
import type { Routes } from '../../core/module.ts';
import { openToScripts, uwsErrors } from '../errors.ts';
import { serviceOf } from '../service.ts';
import { jdlRoutes } from './jdl.routes.ts';
import { maintenanceRoutes } from './maintenance.routes.ts';
import { pageRoutes } from './pages.routes.ts';
import { storeRoutes } from './store.routes.ts';

/** OPUS's own addresses, besides the job lists below `/rest`. */
export const opusRoutes: Routes = async (app, core) => {
  const service = serviceOf(core);
  await app.register(async (scope) => {
    takeAnyBody(scope);
    scope.addHook('onRequest', async (request, reply) => openToScripts(request, reply));
    jdlRoutes(scope, service);
    storeRoutes(scope, service);
    maintenanceRoutes(scope, service);
    pageRoutes(scope);
  });
};

const serverAddresses = ['/jdl', '/store', '/store_old', '/handler/maintenance'];
const pageAddresses = [
  '/jobs/:name',
  '/job_execute',
  '/job_form',
  '/job_edit',
  '/job_definition',
  '/accounts',
  '/admin',
];

/** The addresses of the routes above. */
export const opusAddresses: readonly string[] = [...serverAddresses, ...pageAddresses];

/** Unknown paths below OPUS's server are answered in its clients' style. */
export const opusUnknownPaths = Object.fromEntries(serverAddresses.map((address) => [address, uwsErrors]));
