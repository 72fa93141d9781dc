import { AppError } from '../../core/errors.ts';
import { isReadTooDeep, tooDeep, whyNotRead } from './depth.ts';
import { parseLiteral } from './values.ts';

/** Types of arguments, by their Python names, which stand in the messages clients show. */
export type ParameterType = 'int' | 'float' | 'str' | 'bool' | 'list' | 'dict' | 'any';

export interface Parameter {
  readonly type: ParameterType | readonly ParameterType[];
  /** Absent: the argument is required. */
  readonly fallback?: unknown;
}

/** Arguments of one method of v1, by name. */
export type Parameters = Readonly<Record<string, Parameter>>;

/** An argument that must be given. */
export const needed = (...type: ParameterType[]): Parameter => ({ type });
/** An argument that may be left out; `null` is allowed when it is what an absent one means. */
export const optional = (type: ParameterType | ParameterType[], fallback: unknown = null): Parameter => ({
  type,
  fallback,
});

/** An argument is unknown, missing or of the wrong type; clients see the message in the envelope. */
export class ArgumentError extends Error {}

/** Arguments of a POST in JSON: values must have their type already, nothing is converted. Throws ArgumentError. */
export function checkArguments(
  parameters: Parameters,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return fill(parameters, given, (name, parameter, value) => {
    const types = typesOf(parameter);
    if (value === null && parameter.fallback === null) return null;
    if (types.some((type) => fits(value, type))) return value;
    throw new ArgumentError(
      `Type error: '${name}' must be of type ${types.join(' or ')}, got ${pythonType(value)}.`,
    );
  });
}

/** Arguments of a query or a form: texts are read as their type (panda-server 1.0.3, request handler). Throws ArgumentError. */
export function castArguments(
  parameters: Parameters,
  given: ReadonlyMap<string, readonly string[]>,
): Record<string, unknown> {
  const values = Object.fromEntries(given);
  return fill(parameters, values, (name, parameter, value) => cast(name, parameter, value as string[]));
}

function fill(
  parameters: Parameters,
  given: Readonly<Record<string, unknown>>,
  read: (name: string, parameter: Parameter, value: unknown) => unknown,
): Record<string, unknown> {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(parameters, name));
  if (unknown !== undefined) {
    throw new ArgumentError(`Argument error: got an unexpected keyword argument '${unknown.slice(0, 100)}'`);
  }
  const values: Record<string, unknown> = {};
  for (const [name, parameter] of Object.entries(parameters)) {
    if (Object.hasOwn(given, name)) values[name] = read(name, parameter, given[name]);
    else if (Object.hasOwn(parameter, 'fallback')) values[name] = parameter.fallback;
    else throw new ArgumentError(`Argument error: missing a required argument: '${name}'`);
  }
  return values;
}

function typesOf({ type }: Parameter): readonly ParameterType[] {
  return typeof type === 'string' ? [type] : type;
}

function fits(value: unknown, type: ParameterType): boolean {
  switch (type) {
    case 'any':
      return true;
    case 'int':
      return Number.isSafeInteger(value);
    case 'float':
      return typeof value === 'number';
    case 'str':
      return typeof value === 'string';
    case 'bool':
      return typeof value === 'boolean';
    case 'list':
      return Array.isArray(value);
    case 'dict':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
  }
}

function pythonType(value: unknown): string {
  if (value === null) return 'NoneType';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'object') return 'dict';
  if (typeof value === 'string') return 'str';
  if (typeof value === 'boolean') return 'bool';
  return Number.isInteger(value) ? 'int' : 'float';
}

function cast(name: string, parameter: Parameter, texts: readonly string[]): unknown {
  const text = texts[0] ?? '';
  if (text === 'None' && parameter.fallback === null) return null;
  const [type = 'str'] = typesOf(parameter);
  switch (type) {
    case 'int':
    case 'float': {
      const value = /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text.trim()) ? Number(text) : Number.NaN;
      if (!Number.isSafeInteger(Math.trunc(value))) {
        throw new ArgumentError(`Type error: '${name}' must be of type ${type}, got str.`);
      }
      return type === 'int' ? Math.trunc(value) : value;
    }
    case 'bool':
      return /^(true|1)$/i.test(text);
    case 'list':
      return [...texts];
    case 'dict':
      return readObject(name, text);
    case 'str':
    case 'any':
      return text;
  }
}

/** A dictionary in a query is a literal of Python; JSON that is none is taken too. */
function readObject(name: string, text: string): unknown {
  const value = parseLiteral(text);
  if (fits(value, 'dict')) return value;
  throw new ArgumentError(`Type error: '${name}' must be of type dict, got str.`);
}

/** The body of a POST to v1 as an object. Throws `panda.body-invalid`. */
export function objectOf(text: string): Record<string, unknown> {
  const excess = whyNotRead(text);
  if (excess !== null) throw bodyTooMuch(excess);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AppError('invalid', 'panda.body-invalid', 'The body is not JSON.', {
      next: 'Send one JSON object.',
      cause,
    });
  }
  if (!fits(value, 'dict')) {
    throw new AppError('invalid', 'panda.body-invalid', 'The body must be one JSON object.', {
      next: 'Send one JSON object.',
    });
  }
  if (isReadTooDeep(value, text)) throw bodyTooMuch(tooDeep);
  return value as Record<string, unknown>;
}

function bodyTooMuch(sentence: string): AppError {
  return new AppError('invalid', 'panda.body-invalid', sentence, { next: 'Send less at once.' });
}
