import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import type { App, RouteConfig } from '../../core/http/index.ts';
import { methodUnknown, uwsErrors } from '../errors.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
const methods: readonly Method[] = ['GET', 'POST', 'PUT', 'DELETE'];

export interface Handler {
  allow: string;
  run: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
  bodyLimit?: number;
}

/** Both addresses of one list: with and without `/async`. Answers keep the one that was used. */
const lists = ['/rest/:name', '/rest/:name/async'];

const cors = {
  'access-control-allow-headers': 'Authorization, Content-Type, X-Requested-With',
  'access-control-max-age': '600',
};

/**
 * One resource of UWS: its methods, 405 with `Allow` for the others, and the answer to OPTIONS. `path` follows
 * the address of the job list.
 */
export function resource(scope: App, path: string, handlers: Partial<Record<Method, Handler>>): void {
  const known = methods.filter((method) => handlers[method] !== undefined);
  const allow = [...known, ...(handlers.GET === undefined ? [] : ['HEAD']), 'OPTIONS'].join(', ');
  for (const list of lists) {
    const url = `${list}${path}`;
    for (const method of known) {
      const handler = handlers[method];
      if (handler === undefined) continue;
      scope.route({
        method,
        url,
        config: config(handler.allow),
        ...(handler.bodyLimit === undefined ? {} : { bodyLimit: handler.bodyLimit }),
        handler: handler.run as RouteHandlerMethod,
      });
    }
    scope.route({
      method: [...methods.filter((method) => !known.includes(method)), 'PATCH'],
      url,
      config: config('public'),
      handler: async () => {
        throw methodUnknown(allow);
      },
    });
    scope.route({
      method: 'OPTIONS',
      url,
      config: { ...config('public'), quiet: true },
      handler: async (_request, reply) =>
        reply.headers({ ...cors, allow, 'access-control-allow-methods': allow }).send(),
    });
  }
}

function config(allow: string): RouteConfig {
  return { allow, errors: uwsErrors, family: 'UWS' };
}
