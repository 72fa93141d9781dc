import type { FastifyRequest } from 'fastify';
import type { Core } from '../core.ts';

/** Writes an operator's act into the audit trail. */
export async function noteChange(
  core: Core,
  request: FastifyRequest,
  action: string,
  object: { kind: string; id: string },
  details: Record<string, string> = {},
): Promise<void> {
  await core.audit.record(core.db.sql, {
    actor: request.identity.name,
    action,
    object,
    details,
    requestId: request.id,
    address: request.clientAddress,
  });
}
