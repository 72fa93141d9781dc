import type { FastifyRequest } from 'fastify';
import { AppError } from '../../core/errors.ts';
import type { App } from '../../core/http/index.ts';

/** The character U+0000 cannot be stored, and no name has it: it is refused before anything is looked up. */
export function refuseNul(scope: App): void {
  scope.addHook('preValidation', async (request: FastifyRequest) => {
    if (/%00/.test(request.url) || (request.body !== undefined && holdsNul(request.body)))
      throw new AppError('invalid', 'crds.nul-refused', 'The request holds the character U+0000.', {
        next: 'Leave it out.',
      });
  });
}

function holdsNul(body: unknown): boolean {
  return JSON.stringify(body)?.includes('\\u0000') === true;
}
