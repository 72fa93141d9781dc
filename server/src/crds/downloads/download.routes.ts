import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Core } from '../../core/core.ts';
import { readRange, userBytesHeaders } from '../../core/http/index.ts';
import type { Routes } from '../../core/module.ts';
import type { CatalogueFile } from '../catalogue/file.ts';
import { crdsErrors, fileUnknown } from '../errors.ts';
import { basesOf } from '../rpc/bases.ts';
import { sendConfig } from './config-file.ts';
import { assertGood, findFile } from './find-file.ts';
import { fileAbsent, heldFile, openBytes } from './open-file.ts';

const config = { allow: 'crds.read', errors: crdsErrors, family: 'CRDS downloads' } as const;

/**
 * Files by their names (crds 13.2.7): `unchecked_get/<what>/<observatory>/<name>` gives every confirmed file, `get/…`
 * none that is marked bad.
 */
export const downloadRoutes: Routes = (app, core) => {
  for (const base of basesOf(core)) {
    for (const way of ['unchecked_get', 'get'] as const) {
      app.get<{ Params: { what: string; of: string; name: string } }>(
        `${base.prefix}/${way}/:what/:of/:name`,
        { config },
        async (request, reply) => {
          const { what, of, name } = request.params;
          const { observatory } = (await base.of(request)).observatory;
          if (of !== observatory) throw fileUnknown(observatory, `${what}/${of}/${name}`);
          if (what === 'config') return await sendConfig(core, base, request, reply, name);
          const file = await fileIn(core, request, observatory, what, name);
          return await sendFile(core, request, reply, file, way === 'get');
        },
      );
    }
    app.get<{ Params: { name: string } }>(`${base.prefix}/get/:name`, { config }, async (request, reply) => {
      const { observatory } = (await base.of(request)).observatory;
      const file = await wantedFile(core, request, observatory, request.params.name);
      return await sendFile(core, request, reply, file, true);
    });
  }
};

/** Contexts that were read before (`pickles`) are a matter of one Python; there are none. */
async function fileIn(
  core: Core,
  request: FastifyRequest,
  observatory: string,
  what: string,
  name: string,
): Promise<CatalogueFile> {
  if (what !== 'mappings' && what !== 'references') throw fileUnknown(observatory, name);
  const file = await wantedFile(core, request, observatory, name);
  if (`${file.kind}s` !== what) throw fileUnknown(observatory, name);
  return file;
}

/** Whoever only asks how long a file is does not have it fetched from the upstream server. */
async function wantedFile(
  core: Core,
  request: FastifyRequest,
  observatory: string,
  name: string,
): Promise<CatalogueFile> {
  if (request.method !== 'HEAD') return await heldFile(core, observatory, name);
  const file = await findFile(core, observatory, name);
  if (file.place === 'absent') throw fileAbsent(file);
  return file;
}

async function sendFile(
  core: Core,
  request: FastifyRequest,
  reply: FastifyReply,
  file: CatalogueFile,
  isChecked: boolean,
): Promise<FastifyReply> {
  if (isChecked) assertGood(file);
  const digest = file.sha256 ?? file.sha1;
  const etag = digest === null ? undefined : `"${digest}"`;
  userBytesHeaders(reply, mediaTypeOf(file), file.name);
  void reply.headers({ 'accept-ranges': 'bytes', 'cache-control': 'no-cache', ...(etag && { etag }) });
  if (etag !== undefined && request.headers['if-none-match']?.includes(etag)) return reply.code(304).send();
  // Its size is the catalogue's, so a range is settled before anything is opened.
  const { range: wanted, 'if-range': ifRange } = request.headers;
  const size = file.sizeBytes;
  const range =
    size === null ? 'whole' : readRange(ifRange === undefined || ifRange === etag ? wanted : undefined, size);
  if (range === 'unsatisfiable') return refuseRange(reply, size ?? 0);
  if (request.method === 'HEAD' && size !== null) {
    return reply.header('content-length', String(size)).send(Readable.from([]));
  }
  if (range === 'whole') {
    const { stream, sizeBytes } = await openBytes(core, file);
    return reply.header('content-length', String(sizeBytes)).send(stream);
  }
  const { stream } = await openBytes(core, file, range);
  const { start, end } = range;
  void reply.code(206).header('content-range', `bytes ${start}-${end}/${size}`);
  return reply.header('content-length', String(end - start + 1)).send(stream);
}

function refuseRange(reply: FastifyReply, sizeBytes: number): FastifyReply {
  return reply
    .code(416)
    .removeHeader('content-disposition')
    .type('text/plain; charset=utf-8')
    .header('content-range', `bytes */${sizeBytes}`)
    .send(`The range lies outside of the file, which has ${sizeBytes} bytes.\n`);
}

function mediaTypeOf({ kind, name }: CatalogueFile): string {
  if (kind === 'mapping' || name.endsWith('.json') || name.endsWith('.yaml')) return 'text/plain';
  return 'application/octet-stream';
}
