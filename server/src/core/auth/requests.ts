import type { FastifyRequest } from 'fastify';
import type { Actor } from './context.ts';

/** Who changes something by this request. */
export function actorOf(request: FastifyRequest): Actor {
  return { name: request.identity.name, requestId: request.id, address: request.clientAddress };
}

const forwardedBy = /^(?:forwarded|via|x-forwarded-.+|x-real-ip)$/i;

/**
 * True when the request came from this machine: a loopback address, called by a loopback name, and through no
 * proxy, also none that is not trusted (it would make everybody look local).
 */
export function isLocalRequest(request: FastifyRequest): boolean {
  const isLoopback = /^(?:127\.|::1$)/.test(request.clientAddress);
  const { hostname } = new URL(request.publicBase);
  const isLoopbackName = /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
  const names = request.raw.rawHeaders.filter((_, index) => index % 2 === 0);
  return isLoopback && isLoopbackName && !names.some((name) => forwardedBy.test(name));
}

export function userAgentOf(request: FastifyRequest): string {
  return request.headers['user-agent'] ?? '';
}
