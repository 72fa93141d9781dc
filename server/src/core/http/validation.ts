import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import { AppError } from '../errors.ts';

const partNames: Record<string, string> = {
  body: 'body',
  querystring: 'query',
  params: 'path',
  headers: 'headers',
};

/**
 * Checks input by its TypeBox schema. A JSON body is taken as it is: "5" is no number there. Query strings,
 * paths and headers are text, so their values are converted first. The error names the place.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart = 'body' }) => {
  const compiled = Compile(schema);
  const isText = httpPart !== 'body';
  return (given: unknown) => {
    // Node's query parser makes objects without a prototype; a plain one is what schemas and rules expect.
    const input = isText && typeof given === 'object' && given !== null ? { ...given } : given;
    const value = isText ? Value.Convert(schema, Value.Default(schema, input)) : Value.Default(schema, input);
    if (compiled.Check(value)) return { value };
    const [first] = compiled.Errors(value);
    const place = `${partNames[httpPart] ?? httpPart}${first?.instancePath ?? ''}`;
    return {
      error: new AppError(
        'invalid',
        'http.input-refused',
        `The request is not as it should be: ${place} ${first?.message ?? 'is wrong'}.`,
        {
          next: 'Correct it and send it again; /api/docs describes every request.',
          details: { place },
        },
      ),
    };
  };
};
