import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Core } from '../../core/core.ts';
import { fileUnknown } from '../errors.ts';
import type { Base } from '../rpc/bases.ts';
import { infoOf } from '../rpc/info.routes.ts';
import { badFiles } from '../rpc/server-info.ts';
import { cacheMode } from './cache-layout.ts';

/** What clients keep beside their files: server info as a Python literal, and the names of what is bad. */
export async function sendConfig(
  core: Core,
  base: Base,
  request: FastifyRequest,
  reply: FastifyReply,
  name: string,
): Promise<FastifyReply> {
  const { observatory } = await base.of(request);
  void reply.type('text/plain; charset=utf-8').header('cache-control', 'no-cache');
  switch (name) {
    case 'server_config': {
      const written = await infoOf(core, base, request);
      void reply.header('etag', written.etag);
      if (request.headers['if-none-match']?.includes(written.etag)) return reply.code(304).send();
      return reply.send(written.python());
    }
    case 'bad_files.txt':
      return reply.send((await badFiles(core, observatory)).map((bad) => `${bad}\n`).join(''));
    case 'ref_cache_subdir_mode':
      return reply.send(`${cacheMode}\n`);
    default:
      throw fileUnknown(observatory.observatory, name);
  }
}
