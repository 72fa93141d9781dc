import type { PandaQueueKey } from '@orrery/contracts';
import { asObject, type Json, parseJson } from '../shared/json.ts';

/** A description as people read and compare it: keys in order of the alphabet, two blanks deep. */
export function written(document: Record<string, unknown>): string {
  const sorted = Object.fromEntries(Object.entries(document).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify(sorted, null, 2);
}

export interface Checked {
  document: Record<string, unknown> | undefined;
  /** What keeps it from being saved. */
  problems: string[];
  /** Keys that nobody reads; they are kept and passed on. */
  unread: string[];
}

/** Reads a description and says what is wrong with it, in words. */
export function checkDocument(text: string, keys: readonly PandaQueueKey[]): Checked {
  const parsed = parseJson(text);
  if (parsed === undefined) return { document: undefined, problems: [jsonProblem(text)], unread: [] };
  const document = asObject(parsed);
  if (document === undefined)
    return { document: undefined, problems: ['It has to be one object: { "key": value, … }.'], unread: [] };
  const byName = new Map(keys.map((key) => [key.name, key]));
  const missing = keys
    .filter(({ name, required }) => required && (document[name] ?? null) === null)
    .map(({ name, help }) => `${name} is needed: ${help}`);
  const wrong = Object.entries(document).flatMap(([name, value]) => {
    const key = byName.get(name);
    const problem = key === undefined || value === null ? undefined : valueProblem(key, value);
    return problem === undefined ? [] : [problem];
  });
  return {
    document,
    problems: [...missing, ...wrong],
    unread: Object.keys(document).filter((name) => !byName.has(name)),
  };
}

const kinds: Record<PandaQueueKey['type'], { fits: (value: Json) => boolean; word: string }> = {
  string: { fits: (value) => typeof value === 'string', word: 'a text' },
  integer: { fits: (value) => Number.isInteger(value), word: 'a whole number' },
  number: { fits: (value) => typeof value === 'number', word: 'a number' },
  boolean: { fits: (value) => typeof value === 'boolean', word: 'true or false' },
  object: { fits: (value) => asObject(value) !== undefined, word: 'an object: { … }' },
  array: { fits: (value) => Array.isArray(value), word: 'a list: [ … ]' },
};

function valueProblem({ name, type, options }: PandaQueueKey, value: Json): string | undefined {
  const kind = kinds[type];
  if (!kind.fits(value)) return `${name} has to be ${kind.word}.`;
  return options !== null && !options.includes(String(value))
    ? `${name} has to be one of ${options.join(', ')}.`
    : undefined;
}

/** Where a text stops being JSON, as line and column where the browser tells. */
function jsonProblem(text: string): string {
  try {
    JSON.parse(text);
    return '';
  } catch (error) {
    const said = error instanceof Error ? error.message : '';
    const position = /position (\d+)/.exec(said)?.[1];
    if (position === undefined) return 'It is no JSON: something is missing at its end.';
    const before = text.slice(0, Number(position)).split('\n');
    return `It is no JSON: look at line ${before.length}, column ${(before.at(-1) ?? '').length + 1}.`;
  }
}

/** The key whose line the cursor stands in; undefined between them. */
export function keyAt(text: string, cursor: number): string | undefined {
  const line = text.slice(text.lastIndexOf('\n', cursor - 1) + 1).split('\n', 1)[0] ?? '';
  return /^\s*"([^"]+)"\s*:/.exec(line)?.[1];
}
