import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Core } from '../../core/core.ts';
import { readRange, userBytesHeaders } from '../../core/http/index.ts';

/** Sends stored bytes that a user or a job made: never as a page of ours, with ranges and a lasting ETag. */
export async function sendFile(
  core: Core,
  request: FastifyRequest,
  reply: FastifyReply,
  file: { fileName: string; mediaType: string; hash: string },
  as?: 'attachment',
) {
  const { sizeBytes } = await core.files.stat(file.hash, 'result');
  const etag = `"${file.hash}"`;
  userBytesHeaders(reply, file.mediaType, file.fileName.split('/').at(-1) ?? file.fileName);
  if (as === 'attachment') {
    const header = String(reply.getHeader('content-disposition'));
    void reply.header('content-disposition', header.replace(/^inline/, 'attachment'));
  }
  void reply.headers({ etag, 'accept-ranges': 'bytes', 'cache-control': 'private, no-cache' });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  const ifRange = request.headers['if-range'];
  const range = readRange(
    ifRange === undefined || ifRange === etag ? request.headers.range : undefined,
    sizeBytes,
  );
  if (range === 'unsatisfiable') {
    void reply.code(416).removeHeader('content-disposition').type('text/plain; charset=utf-8');
    void reply.header('content-range', `bytes */${sizeBytes}`);
    return reply.send(`The range lies outside of the ${sizeBytes} bytes there are. Ask for less.\n`);
  }
  const { start, end } = range === 'whole' ? { start: 0, end: sizeBytes - 1 } : range;
  void reply.header('content-length', String(end - start + 1));
  if (range !== 'whole') void reply.code(206).header('content-range', `bytes ${start}-${end}/${sizeBytes}`);
  // A stream, even an empty one, leaves the length alone; the text of a HEAD would set it to zero.
  if (request.method === 'HEAD' || sizeBytes === 0) return reply.send(Readable.from([]));
  const { stream } = await core.files.open(file.hash, 'result', { start, end });
  return reply.send(stream);
}
