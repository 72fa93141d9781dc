import type { FastifyRequest } from 'fastify';
import Type, { type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { AppError } from '../../core/errors.ts';
import type { App } from '../../core/http/index.ts';

/** The body by its schema; throws `panda.body-refused` with the place that is wrong. */
export function checked<S extends TSchema>(schema: S, value: unknown): Static<S> {
  refuseLong(schema, value);
  if (Value.Check(schema, value)) return value as Static<S>;
  const [first] = Value.Errors(schema, value);
  const place = (first?.instancePath ?? '').slice(1).replaceAll('/', '.');
  const extra = first?.keyword === 'additionalProperties' ? ` ${JSON.stringify(first.params)}` : '';
  throw refused(place === '' ? 'the body' : place, `${first?.message ?? 'wrong form'}${extra}`);
}

/** The check looks at each item before it counts them, which takes a second for half a million. */
function refuseLong(schema: TSchema, value: unknown): void {
  if (!Type.IsObject(schema) || typeof value !== 'object' || value === null) return;
  for (const [name, list] of Object.entries(value)) {
    const expected = Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
    if (!Array.isArray(list) || expected === undefined || !Type.IsArray(expected)) continue;
    const maxItems = 'maxItems' in expected ? expected.maxItems : undefined;
    if (typeof maxItems === 'number' && list.length > maxItems) {
      throw refused(name, `must not have more than ${maxItems} items`);
    }
  }
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
