export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The value of a JSON text; undefined when it is none. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** The object behind a value, if it is one. */
export function asObject(value: Json | undefined): { [key: string]: Json } | undefined {
  return value === null || typeof value !== 'object' || Array.isArray(value) ? undefined : value;
}
