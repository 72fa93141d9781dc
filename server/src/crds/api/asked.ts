import type { FastifyRequest } from 'fastify';
import { demandPermission } from '../../core/auth/index.ts';
import type { Core } from '../../core/core.ts';
import { type Observatory, observatoryOf } from '../observatory/observatory.ts';

/** One of the names in the address. */
export function pathPart(request: FastifyRequest, name: string): string {
  const { [name]: value = '' } = request.params as Record<string, string>;
  return value;
}

/** The observatory in the address. Throws `crds.observatory-unknown`. */
export function observatoryAsked(core: Core, request: FastifyRequest): Promise<Observatory> {
  return observatoryOf(core, pathPart(request, 'observatory'));
}

/**
 * The observatory in the address, for somebody who may operate it. Throws `crds.observatory-unknown`,
 * `auth.permission-missing`.
 */
export async function observatoryOperated(core: Core, request: FastifyRequest): Promise<Observatory> {
  const observatory = await observatoryAsked(core, request);
  demandPermission(request.identity, 'crds.operate', observatory.observatory);
  return observatory;
}

/** Whether the caller operates it: such callers see files that nobody has confirmed, too. */
export function operates({ identity }: FastifyRequest, { observatory }: Observatory): boolean {
  return identity.may('crds.operate', observatory);
}
