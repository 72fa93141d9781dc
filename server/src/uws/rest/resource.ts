import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import type { App, ErrorStyle, RouteConfig } from '../../core/http/index.ts';
import { methodUnknown, uwsErrors } from '../errors.ts';
import { uwsCredentials } from '../opus/config.ts';
import { pageFor, toPage } from './format.ts';
import { withUploads } from './upload-hold.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
const methods: readonly Method[] = ['GET', 'POST', 'PUT', 'DELETE'];

export interface Handler {
  allow: string;
  run: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
  bodyLimit?: number;
  /** The body is no form: `request.body` is the stream of its bytes, whatever their type. */
  takesBytes?: true;
}

/** Both addresses of one list: with and without `/async`. Answers keep the one that was used. */
const lists = ['/rest/:name', '/rest/:name/async'];
/** Where a service has what is no part of its list. */
export const serviceRoot = ['/rest/:name'];

const cors = {
  'access-control-allow-headers':
    'Authorization, Content-Type, If-Match, If-None-Match, If-Range, Range, X-Requested-With',
  'access-control-max-age': '600',
};

/**
 * A person who opens a list or a job without having signed in is sent to our page, which asks for the sign-in; a
 * challenge would make the browser ask for a name and a password that are taken nowhere.
 */
const restErrors: ErrorStyle = {
  name: uwsErrors.name,
  render(error, request, reply) {
    const page = error.kind === 'unauthenticated' ? pageFor(request) : null;
    if (page === null) return uwsErrors.render(error, request, reply);
    toPage(reply, page);
    return '';
  },
};

/**
 * One resource of UWS: its methods, 405 with `Allow` for the others, and the answer to OPTIONS. `path` follows
 * the address of the job list, or each of `roots`.
 */
export function resource(
  scope: App,
  path: string,
  handlers: Partial<Record<Method, Handler>>,
  roots: readonly string[] = lists,
): void {
  const known = methods.filter((method) => handlers[method] !== undefined);
  const allow = [...known, ...(handlers.GET === undefined ? [] : ['HEAD']), 'OPTIONS'].join(', ');
  for (const root of roots) {
    const url = `${root}${path}`;
    for (const method of known) {
      const handler = handlers[method];
      if (handler !== undefined) addRoute(scope, method, url, handler);
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

function addRoute(scope: App, method: Method, url: string, handler: Handler): void {
  const add = (target: App) =>
    target.route({
      method,
      url,
      config: config(handler.allow),
      ...(handler.bodyLimit === undefined ? {} : { bodyLimit: handler.bodyLimit }),
      handler: (method === 'GET'
        ? handler.run
        : (request: FastifyRequest, reply: FastifyReply) =>
            withUploads(request, () => handler.run(request, reply))) as RouteHandlerMethod,
    });
  if (handler.takesBytes !== true) {
    add(scope);
    return;
  }
  void scope.register((inner, _options, done) => {
    inner.removeAllContentTypeParsers();
    inner.addContentTypeParser('*', (_request, payload, parsed) => parsed(null, payload));
    add(inner);
    done();
  });
}

function config(allow: string): RouteConfig {
  return { allow, errors: restErrors, family: 'UWS', credentials: uwsCredentials };
}
