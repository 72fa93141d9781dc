import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import type { Core } from '../../core/core.ts';
import type { Routes } from '../../core/module.ts';
import { resolveIn } from '../contexts/resolve.ts';
import { crdsErrors, fileUnknown } from '../errors.ts';
import { type Base, basesOf } from '../rpc/bases.ts';
import { serverInfo } from '../rpc/server-info.ts';
import { parseContextSpec } from '../rules/index.ts';
import { bundleOf, tarOf } from './bundle.ts';
import { cacheMode } from './cache-layout.ts';

const query = Type.Object({
  references: Type.Boolean({ default: false, description: 'Whether references are in it as well.' }),
});

const config = { allow: 'crds.read', errors: crdsErrors, family: 'CRDS downloads' } as const;

/**
 * `bundle/<context>.tar`, or `.tar.gz`: all mappings of a context in one file, with `references=true` all
 * references too, in the layout of a client's cache. `get_archive/…` is its old address.
 */
export const bundleRoutes: Routes = (app, core) => {
  for (const base of basesOf(core)) {
    for (const url of [`${base.prefix}/bundle/:name`, `${base.prefix}/get_archive/:name`]) {
      app.get<{ Params: { name: string }; Querystring: Static<typeof query> }>(
        url,
        { config, schema: { querystring: query } },
        (request, reply) => sendBundle(core, base, request, reply),
      );
    }
  }
};

async function sendBundle(
  core: Core,
  base: Base,
  request: FastifyRequest<{ Params: { name: string }; Querystring: Static<typeof query> }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { observatory: current, base: address } = await base.of(request);
  const { observatory } = current;
  const { name } = request.params;
  const [, spec, gzipped] = /^([A-Za-z0-9._:-]{1,128}?)\.tar(\.gz)?$/.exec(name) ?? [];
  if (spec === undefined) throw fileUnknown(observatory, name);
  const isSymbolic = parseContextSpec(spec) !== undefined;
  const context = isSymbolic ? await resolveIn(core.db.sql, current, spec) : spec;
  if (!context.endsWith('.pmap')) throw fileUnknown(observatory, name);
  const bundle = await bundleOf(core, observatory, context, request.query.references);
  const info = await serverInfo(core, current, address);
  const extra = new Map([
    ['server_config', info.python()],
    ['ref_cache_subdir_mode', Buffer.from(`${cacheMode}\n`)],
  ]);
  void reply
    .type(gzipped === undefined ? 'application/x-tar' : 'application/gzip')
    .header('content-disposition', `attachment; filename="${context}.tar${gzipped ?? ''}"`);
  if (request.method === 'HEAD') return reply.send(Readable.from([]));
  const tar = Readable.from(tarOf(core, observatory, bundle, extra), { objectMode: false });
  if (gzipped === undefined) return reply.send(tar);
  const packed = createGzip();
  tar.on('error', (error) => packed.destroy(error));
  packed.on('close', () => tar.destroy());
  return reply.send(tar.pipe(packed));
}
