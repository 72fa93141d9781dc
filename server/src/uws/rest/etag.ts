import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** The validator of a document that was rendered anyway: equal when the bytes are. */
export function etagOf(document: string): string {
  return `"${hash('sha256', document, 'base64url').slice(0, 27)}"`;
}

/** Does the caller hold this version already (RFC 9110 §13.1.2)? Proxies may have made the validator weak. */
export function holds(request: FastifyRequest, etag: string): boolean {
  const known = request.headers['if-none-match'];
  if (known === undefined) return false;
  if (known.trim() === '*') return true;
  return known.split(',').some((each) => each.trim().replace(/^W\//, '') === etag);
}

/** What every document says about being kept: ask each time whether it still holds. */
export function mayKeep(reply: FastifyReply, etag: string): FastifyReply {
  return reply.headers({ etag, 'cache-control': 'private, no-cache', vary: 'Accept' });
}
