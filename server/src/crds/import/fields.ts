import type { PythonValue } from '../../core/read-python-literal.ts';

/** An object of an answer of a CRDS server, or of the text that a cache keeps of one. */
export type Fields = { [name: string]: PythonValue };

export function isFields(value: PythonValue | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
