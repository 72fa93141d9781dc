import { Grammar } from '../rules/grammar.ts';
import { Dict, type Literal, NumberLiteral, Tuple } from '../rules/literal.ts';
import { isSelector } from '../rules/mapping.ts';
import { Scanner } from '../rules/scan.ts';

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/**
 * A Python literal as JSON: the form in which the crds client keeps what its server told it (13.2.7: `server_config`).
 * @throws {MappingError} saying where the text is something else.
 */
export function readPythonLiteral(text: string, file: string): Json {
  // The grammar of mappings has literals behind names only.
  const sections = new Grammar(new Scanner(`header = ${text.trim()}\n`, file), false).sections();
  const value = sections.get('header')?.value ?? null;
  return isSelector(value) ? null : jsonOf(value);
}

function jsonOf(value: Literal): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (value instanceof NumberLiteral) return value.value;
  if (value instanceof Tuple) return value.items.map(jsonOf);
  if (value instanceof Dict) {
    const entries = value.entries.map(([key, item]) => [keyOf(key), jsonOf(item)] as const);
    return Object.fromEntries(entries);
  }
  return value.map(jsonOf);
}

function keyOf(key: Literal): string {
  return typeof key === 'string' ? key : JSON.stringify(jsonOf(key));
}
