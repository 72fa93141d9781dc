import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../../core/http/index.ts';
import { methodUnknown } from '../errors.ts';
import { opusConfig } from './config.ts';

const allow = 'GET, HEAD, OPTIONS';

/** An address that is read only: 405 with `Allow` for other methods, and the answer to OPTIONS. */
export function readOnly(
  scope: App,
  url: string,
  permission: string,
  answer: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>,
): void {
  scope.get(url, { config: opusConfig(permission) }, answer);
  scope.route({
    method: ['POST', 'PUT', 'DELETE', 'PATCH'],
    url,
    config: opusConfig('public'),
    handler: async () => {
      throw methodUnknown(allow);
    },
  });
  scope.options(url, { config: { ...opusConfig('public'), quiet: true } }, async (_request, reply) =>
    reply
      .headers({
        allow,
        'access-control-allow-methods': allow,
        'access-control-allow-headers': 'Authorization, Content-Type, X-Requested-With',
        'access-control-max-age': '600',
      })
      .send(),
  );
}
