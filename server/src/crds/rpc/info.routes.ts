import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Core } from '../../core/core.ts';
import { absoluteUrl } from '../../core/http/index.ts';
import type { Routes } from '../../core/module.ts';
import { crdsErrors } from '../errors.ts';
import { observatoryOf } from '../observatory/observatory.ts';
import { type Base, basesOf } from './bases.ts';
import { serverInfo, type WrittenInfo } from './server-info.ts';

const config = { allow: 'crds.read', errors: crdsErrors, family: 'CRDS server info' } as const;

/** A base address in a browser leads to the page of the observatory. */
export const baseRoutes: Routes = (app, core) => {
  app.get<{ Params: { observatory: string } }>('/crds/:observatory', { config }, async (request, reply) => {
    const { observatory } = await observatoryOf(core, request.params.observatory);
    return reply.redirect(absoluteUrl(request, `/ui/calibration/${observatory}`));
  });
};

/** Server info for those who ask often: by GET, with ETag and gzip. */
export const infoRoutes: Routes = (app, core) => {
  for (const base of basesOf(core)) {
    const url = base.prefix === '' ? '/json/server_info.json' : `${base.prefix}/server_info.json`;
    app.get(url, { config }, async (request, reply) => {
      const written = await infoOf(core, base, request);
      void reply.headers({ etag: written.etag, vary: 'accept-encoding', 'cache-control': 'no-cache' });
      if (request.headers['if-none-match']?.includes(written.etag)) return reply.code(304).send();
      return sendInfo(request, reply, written);
    });
  }
};

export async function infoOf(core: Core, base: Base, request: FastifyRequest): Promise<WrittenInfo> {
  const { observatory, base: address } = await base.of(request);
  return await serverInfo(core, observatory, address);
}

async function sendInfo(
  request: FastifyRequest,
  reply: FastifyReply,
  written: WrittenInfo,
): Promise<FastifyReply> {
  void reply.type('application/json');
  if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(written.json);
  return reply.header('content-encoding', 'gzip').send(await written.gzip());
}
