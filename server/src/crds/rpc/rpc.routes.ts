import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Core } from '../../core/core.ts';
import { asAppError, takeAnyBody } from '../../core/http/index.ts';
import type { Routes } from '../../core/module.ts';
import { type Base, basesOf } from './bases.ts';
import { idIn, methodUnknown, readRequest, renderFailure, renderResult } from './envelope.ts';
import { rpcMethods } from './methods.ts';
import { rpcErrors } from './rpc-errors.ts';

/** A thousand headers of a few thousand signs each, and some. */
const bodyLimit = 16 * 1024 * 1024;

/**
 * `POST <base>/json/`, with any parts after it: clients repeat method and id there for the access log. What is
 * called stands in the body, which is JSON whatever its content type says (crds 13.2.7 sends that of a form).
 */
export const rpcRoutes: Routes = async (app, core) => {
  await app.register(async (scope) => {
    takeAnyBody(scope);
    for (const base of basesOf(core)) {
      for (const url of [`${base.prefix}/json`, `${base.prefix}/json/*`]) {
        scope.route({
          method: 'POST',
          url,
          bodyLimit,
          config: { allow: 'crds.read', errors: rpcErrors, family: 'CRDS RPC', sniffGzip: true },
          handler: (request, reply) => answer(core, base, request, reply),
        });
      }
    }
  });
};

async function answer(
  core: Core,
  base: Base,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const body = typeof request.body === 'string' ? request.body : '';
  try {
    const { method: name, params, id } = readRequest(body);
    const method = rpcMethods.get(name);
    if (method === undefined) throw methodUnknown(name);
    const call = { core, identity: request.identity, ...(await base.of(request)) };
    return send(reply, await renderResult(id, await method.run(call, params)));
  } catch (thrown) {
    const error = asAppError(thrown);
    // A bug, or a server too busy: clients try again, and operators see it in the figures.
    if (error.status >= 500) throw thrown;
    return send(reply, renderFailure(idIn(body), error));
  }
}

/** As bytes: to a text a charset would be added, which the answers of the original have not. */
function send(reply: FastifyReply, answer: string | Buffer): FastifyReply {
  return reply.type('application/json-rpc').send(typeof answer === 'string' ? Buffer.from(answer) : answer);
}
