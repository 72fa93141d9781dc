import { takeAnyBody } from '../../core/http/index.ts';
import type { Routes } from '../../core/module.ts';
import { serviceOf } from '../service.ts';
import { storeRoutes } from './store.routes.ts';

/** OPUS's own addresses, besides the job lists below `/rest`. */
export const opusRoutes: Routes = async (app, core) => {
  const service = serviceOf(core);
  await app.register(async (scope) => {
    takeAnyBody(scope);
    storeRoutes(scope, service);
  });
};

/** The addresses above, and those whose routes follow. */
export const opusAddresses = ['/store', '/store_old'] as const;
