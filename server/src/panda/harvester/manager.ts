import type { FastifyRequest } from 'fastify';
import type { Caller } from '../front/caller.ts';

/** Who orders something of a Harvester, by a method of PanDA or on the page. */
export type Manager = Pick<Caller, 'identity' | 'name' | 'address'>;

export function managerOf({ identity, clientAddress }: FastifyRequest): Manager {
  return { identity, name: identity.displayName, address: clientAddress };
}
