import type { IncomingMessage } from 'node:http';
import cookie from '@fastify/cookie';
import { type FastifyReply, type FastifyRequest, fastify, type RequestPayload } from 'fastify';
import { anonymousIdentity, assertSameOrigin, demandPermission, type Identity } from '../auth/index.ts';
import type { Core } from '../core.ts';
import { outlastLoss } from '../db/index.ts';
import { AppError } from '../errors.ts';
import { shortId } from '../ids.ts';
import { type Log, withLogFields } from '../log.ts';
import { asAppError, htmlErrors, jsonErrors, sendError } from './error-styles.ts';
import { createHostRules } from './hosts.ts';
import { inflateBody } from './inflate.ts';
import { parseJsonBody } from './json-body.ts';
import { Listeners } from './listeners.ts';
import { ownerOf, RouteTable } from './route-table.ts';
import { SlowUploads } from './slow-uploads.ts';
import type { App, ErrorStyle, RouteConfig } from './types.ts';
import { answerUnreadable } from './unreadable.ts';
import { validatorCompiler } from './validation.ts';

export interface AppParts {
  app: App;
  routes: RouteTable;
  listeners: Listeners;
  /** Stops taking requests; resolves when those that were being answered are. */
  close(): Promise<void>;
}

export interface AppOptions {
  core: Core;
  /** Error style of unknown paths below an address, by address. */
  unknownPaths: ReadonlyMap<string, ErrorStyle>;
}

const anybody = { session: true } as const;

const ignore = (): void => {};

/**
 * The HTTP server without routes: host names, identity, permission, body limits, gzip, errors and figures are
 * settled here, before any handler runs. Deny by default: a route without a permission stops the start.
 */
export async function createApp({ core, unknownPaths }: AppOptions): Promise<AppParts> {
  const { config, log } = core;
  const app: App = fastify({
    logger: false,
    routerOptions: {
      ignoreTrailingSlash: true,
      ignoreDuplicateSlashes: true,
      caseSensitive: true,
      maxParamLength: 1024,
    },
    bodyLimit: config.http.bodyLimitBytes,
    genReqId: shortId,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => answerUnreadable(error.code, socket),
    // Before any hook: an address that cannot be decoded.
    frameworkErrors(thrown, request, reply) {
      void reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff');
      sendError(asAppError(thrown), jsonErrors, request, reply);
    },
  });
  const listeners = new Listeners(app);
  const hosts = createHostRules(config);
  const nobody = anonymousIdentity(core.auth.permissions);
  const requests = requestLog(log);
  const slow = new SlowUploads(config.http.uploadMinBytesPerSecond);
  const routes = new RouteTable();
  routes.collect(app, config.http.bodyLimitBytes);
  app.setValidatorCompiler(validatorCompiler);
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    async (_request: unknown, body: unknown) => parseJsonBody(String(body)),
  );
  await app.register(cookie);
  for (const field of ['publicBase', 'clientAddress'] as const) app.decorateRequest(field, '');
  app.decorateRequest('waitedMs', 0);
  app.decorateRequest('startedAtMs', 0);
  app.decorateRequest('identity');

  app.addHook('onRequest', (request, reply, done) => {
    request.startedAtMs = performance.now();
    // A reader of the body that takes its listener away just as the connection breaks leaves an error behind that
    // nobody hears, and that would end the process.
    request.raw.on('error', ignore);
    void reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff');
    request.identity = nobody;
    hosts.apply(request);
    if (hasBody(request.raw)) slow.watch(request.raw);
    withLogFields({ requestId: request.id }, done);
  });
  app.addHook('onRequest', async (request) => {
    const route = request.routeOptions.config;
    if (route.allow === undefined) return; // an unknown path: answered 404 without looking at who asks
    const ask = (): Promise<Identity> => core.auth.authenticate(request, route.credentials ?? anybody);
    const { outlastsMs: forMs } = route;
    const identity = await (forMs === undefined
      ? ask()
      : outlastLoss(ask, { forMs, isGone: () => request.raw.destroyed }));
    request.identity = identity;
    if (route.originIsData !== true) {
      assertSameOrigin(request, [request.publicBase, ...hosts.ownOrigins]);
    }
    if (route.allow !== 'public') demandPermission(identity, route.allow);
  });
  app.addHook('preParsing', (request, _reply, payload, done) => {
    if (!hasBody(request.raw)) {
      done(null, payload);
      return;
    }
    inflated(request, payload).then((body) => done(null, body), done);
  });
  app.addHook('onResponse', (request, reply, done) => {
    observe(core, requests, request, reply);
    done();
  });
  app.setErrorHandler((thrown, request, reply) => {
    const error = asAppError(thrown);
    if (error.status >= 500 && error.kind !== 'busy')
      log.error({ err: thrown, requestId: request.id, url: shownUrl(request.url) }, 'a request failed');
    return sendError(error, styleOf(request.routeOptions.config, request, unknownPaths), request, reply);
  });
  app.setNotFoundHandler((request, reply) => {
    const error = new AppError('missing', 'http.path-unknown', 'There is nothing at this address.', {
      next: 'See /api/docs for what there is.',
    });
    return sendError(error, styleOf({}, request, unknownPaths), request, reply);
  });
  return {
    app,
    routes,
    listeners,
    async close() {
      slow.stop();
      await listeners.close();
    },
  };
}

/** The style of the route; of the address for an unknown path; a page when a browser asks for one. */
function styleOf(
  route: Partial<RouteConfig>,
  request: FastifyRequest,
  unknownPaths: ReadonlyMap<string, ErrorStyle>,
): ErrorStyle {
  if (route.errors !== undefined) return route.errors;
  const names = new Map([...unknownPaths.keys()].map((address) => [address, address]));
  const address = ownerOf(request.url.split('?')[0] ?? '', names);
  const style = address === undefined ? undefined : unknownPaths.get(address);
  if (style !== undefined) return style;
  if (request.url.startsWith('/api/')) return jsonErrors;
  return request.headers.accept?.includes('text/html') === true ? htmlErrors : jsonErrors;
}

/** As it may stand in a log: what opens something is left out of the query. */
export function shownUrl(url: string): string {
  return url.replace(/([?&](?:token|token_key|signature|password|access_token)=)[^&]*/gi, '$1…');
}

/** Only with one of these there is a body (RFC 9112, section 6.3). */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

async function inflated(request: FastifyRequest, payload: RequestPayload): Promise<RequestPayload> {
  const { bodyLimit, config } = request.routeOptions;
  return inflateBody(payload, request.raw.headers, bodyLimit, config.sniffGzip === true);
}

/** Without a search for secrets in every field, which costs as much as the line: these fields have none. */
function requestLog(log: Log): Log {
  return log.child({}, { redact: [] });
}

/** One figure for the capacity page and one log line per request, except for the quiet routes. */
function observe({ metrics }: Core, log: Log, request: FastifyRequest, reply: FastifyReply): void {
  const { family = 'Unknown paths', quiet } = request.routeOptions.config;
  if (quiet === true) return;
  const ms = performance.now() - request.startedAtMs;
  metrics.observeRequest(family, Math.max(0, ms - request.waitedMs), reply.statusCode);
  log.info(
    {
      requestId: request.id,
      method: request.method,
      url: shownUrl(request.url),
      status: reply.statusCode,
      ms: Math.round(ms * 10) / 10,
      who: request.identity.name,
      address: request.clientAddress,
    },
    'request',
  );
}
