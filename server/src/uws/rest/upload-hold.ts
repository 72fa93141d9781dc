import type { FastifyRequest } from 'fastify';
import type { Hold } from '../../core/files/index.ts';
import type { Service } from '../service.ts';

const holds = new WeakMap<FastifyRequest, Hold>();

/** What keeps the uploads of a request until `withUploads` ends. */
export function uploadHold({ core }: Service, request: FastifyRequest): Hold {
  const hold = holds.get(request) ?? core.files.hold('result');
  holds.set(request, hold);
  return hold;
}

/**
 * Answers a request that may bring files. Once it is answered or refused, what no job took is removed: bytes that
 * count in nobody's quota must not stay.
 */
export async function withUploads<T>(request: FastifyRequest, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    // What was not read of a refused body would stand in the way of the next request on this connection.
    request.raw.unpipe();
    request.raw.resume();
    throw error;
  } finally {
    await holds.get(request)?.end();
  }
}
