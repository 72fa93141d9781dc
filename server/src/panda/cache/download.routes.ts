import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Core } from '../../core/core.ts';
import { readRange, takeAnyBody, userBytesHeaders } from '../../core/http/index.ts';
import type { Routes } from '../../core/module.ts';
import { pandaErrors } from '../errors.ts';
import { findCacheFile, noteRead } from './cache.store.ts';
import { cacheName } from './cache-name.ts';
import { cacheFileMissing } from './errors.ts';

/**
 * `/cache/<name>`: a file as it was put, to whoever knows its name, as in PanDA: pilots and transformations bring no
 * token. Clients fetch by GET, HEAD, and POST of an empty form (panda-client 2.0.2 with Python's transport).
 */
export const downloadRoutes: Routes = async (app, core) => {
  const config = {
    allow: 'public',
    errors: pandaErrors,
    credentials: { session: false },
    originIsData: true,
    family: 'PanDA file cache',
  } as const;
  await app.register(async (scope) => {
    takeAnyBody(scope);
    for (const [url, folder] of [
      ['/cache/:name', ''],
      ['/cache/jedilog/:name', 'jedilog/'],
    ] as const) {
      scope.route<{ Params: { name: string } }>({
        method: ['GET', 'POST'],
        url,
        config,
        bodyLimit: 65_536,
        handler: (request, reply) => sendCacheFile(core, request, reply, folder, request.params.name),
      });
    }
  });
};

async function sendCacheFile(
  core: Core,
  request: FastifyRequest,
  reply: FastifyReply,
  folder: string,
  given: string,
): Promise<FastifyReply> {
  const name = given.includes('/') ? null : cacheName(given);
  const file = name === null ? null : await findCacheFile(core.db.sql, folder + name);
  if (name === null || file === null) throw cacheFileMissing();
  await noteRead(core.db.sql, file.name);
  const etag = `"${file.sha256}"`;
  userBytesHeaders(reply, mediaTypeOf(name), name);
  void reply.headers({ etag, 'accept-ranges': 'bytes', 'cache-control': 'no-cache' });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  const { range: wanted, 'if-range': ifRange } = request.headers;
  const range = readRange(ifRange === undefined || ifRange === etag ? wanted : undefined, file.sizeBytes);
  if (range === 'unsatisfiable') {
    void reply.code(416).removeHeader('content-disposition').type('text/plain; charset=utf-8');
    return reply.header('content-range', `bytes */${file.sizeBytes}`).send('ERROR : the range lies outside');
  }
  const { start, end } = range === 'whole' ? { start: 0, end: file.sizeBytes - 1 } : range;
  void reply.header('content-length', String(end - start + 1));
  if (range !== 'whole') {
    void reply.code(206).header('content-range', `bytes ${start}-${end}/${file.sizeBytes}`);
  }
  // A stream, even an empty one, leaves the length alone; the text of a HEAD would set it to zero.
  if (request.method === 'HEAD' || file.sizeBytes === 0) return reply.send(Readable.from([]));
  const { stream } = await core.files.open(file.sha256, 'cache', { start, end });
  return reply.send(stream);
}

function mediaTypeOf(name: string): string {
  return /\.(log|out|txt|json)$/.test(name) ? 'text/plain' : 'application/octet-stream';
}
