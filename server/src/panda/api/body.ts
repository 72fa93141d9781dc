import type { FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { AppError } from '../../core/errors.ts';
import type { App } from '../../core/http/index.ts';

/** The body by its schema; throws `panda.body-refused` with the place that is wrong. */
export function checked<S extends TSchema>(schema: S, value: unknown): Static<S> {
  if (Value.Check(schema, value)) return value as Static<S>;
  const [first] = Value.Errors(schema, value);
  const place = (first?.instancePath ?? '').slice(1).replaceAll('/', '.');
  const extra = first?.keyword === 'additionalProperties' ? ` ${JSON.stringify(first.params)}` : '';
  throw refused(place === '' ? 'the body' : place, `${first?.message ?? 'wrong form'}${extra}`);
}

/** The character U+0000 cannot be stored, and no name has it: it is refused before anything is looked up. */
export function refuseNul(scope: App): void {
  scope.addHook('preValidation', async (request: FastifyRequest) => {
    if (/%00/.test(request.url)) throw refused('the address', 'it holds the character U+0000');
    if (request.body !== undefined && JSON.stringify(request.body)?.includes('\\u0000') === true)
      throw refused('the body', 'it holds the character U+0000');
  });
}

function refused(place: string, reason: string): AppError {
  return new AppError(
    'invalid',
    'panda.body-refused',
    `The request is not understood: ${place}: ${reason}.`,
    {
      next: 'Correct the request; /api/docs describes it.',
      details: { place },
    },
  );
}
