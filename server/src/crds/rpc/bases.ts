import type { FastifyRequest } from 'fastify';
import { settingsOf } from '../../core/config/index.ts';
import type { Core } from '../../core/core.ts';
import { absoluteUrl } from '../../core/http/index.ts';
import { type Observatory, observatoryOf } from '../observatory/observatory.ts';
import { crdsSettings } from '../settings.ts';

/** One place where observatories are served, as routes and handlers know it. */
export interface Base {
  /** Before the address of a route. */
  prefix: string;
  of(request: FastifyRequest): Promise<{ observatory: Observatory; base: string }>;
}

/**
 * Every observatory has its base address `/crds/<name>`: existing clients find the name in it. One may stand at the
 * root as well, for clients whose address has no path.
 */
export function basesOf(core: Core): Base[] {
  const { rootObservatory } = settingsOf(core.config, 'crds', crdsSettings);
  const bases: Base[] = [
    {
      prefix: '/crds/:observatory',
      async of(request) {
        const { observatory: name } = request.params as { observatory: string };
        return {
          observatory: await observatoryOf(core, name),
          base: absoluteUrl(request, `/crds/${name}`),
        };
      },
    },
  ];
  if (rootObservatory !== '') {
    bases.push({
      prefix: '',
      of: async (request) => ({
        observatory: await observatoryOf(core, rootObservatory),
        base: absoluteUrl(request, ''),
      }),
    });
  }
  return bases;
}

/** First parts of the addresses that the observatory at the root has. */
export const rootAddresses = ['/json', '/unchecked_get', '/get', '/get_archive', '/bundle'] as const;
