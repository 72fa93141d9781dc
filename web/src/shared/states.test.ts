import { describe, expect, test } from 'vitest';
import { faceOf, faces, familyNames, isMapped, phaseOrder, wordsOf } from './states.ts';

/** Properties of the contracts whose values are states; every enumeration below one of them needs faces. */
const stateNames = new Set(['state', 'phase', 'status', 'verdict', 'category', 'lastOutcome']);

interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
}

/** The words of an enumeration (a closed list, or a union of literals); undefined for everything else. */
function wordsOfSchema(schema: Schema): string[] | undefined {
  if (schema.enum !== undefined) return schema.enum.filter((word) => typeof word === 'string');
  const parts = schema.anyOf?.flatMap((part) =>
    part.const === undefined ? (wordsOfSchema(part) ?? []) : [part.const],
  );
  const words = parts?.filter((word) => typeof word === 'string');
  return words === undefined || words.length === 0 ? undefined : words;
}

/** Every enumeration of states below a schema, with where it stands. */
function findStates(schema: Schema, path: string, found: Map<string, string[]>): void {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const words = stateNames.has(name) ? wordsOfSchema(property) : undefined;
    if (words !== undefined) found.set(`${path}.${name}`, words);
    findStates(property, `${path}.${name}`, found);
  }
  if (schema.items !== undefined) findStates(schema.items, `${path}[]`, found);
  for (const part of schema.anyOf ?? []) findStates(part, path, found);
}

const modules = import.meta.glob<Record<string, unknown>>('../../../contracts/src/*.ts', { eager: true });
const states = new Map<string, string[]>();
for (const exported of Object.values(modules)) {
  for (const [name, value] of Object.entries(exported)) {
    if (typeof value === 'object' && value !== null) findStates(value as Schema, name, states);
  }
}

/** Commands are asked for by clients and are no states of anything. */
const commands = new Set(['UwsPhaseChange.phase']);

describe('the faces of states', () => {
  test('the contracts are found, with the phases of UWS among them', () => {
    expect(states.get('UwsJob.phase')).toContain('EXECUTING');
    expect(states.size).toBeGreaterThan(4);
  });

  test.each([...states].filter(([name]) => !commands.has(name)))(
    'every word of %s has a face in one family',
    (_name, words) => {
      const fitting = familyNames.filter((family) => words.every((word) => isMapped(family, word)));
      expect(fitting).not.toEqual([]);
    },
  );

  test('a planted enumeration that nobody mapped is seen', () => {
    const found = new Map<string, string[]>();
    findStates(
      { properties: { rows: { items: { properties: { state: { enum: ['flying'] } } } } } },
      'Planted',
      found,
    );
    const words = found.get('Planted.rows[].state') ?? [];
    expect(familyNames.filter((family) => words.every((word) => isMapped(family, word)))).toEqual([]);
  });

  test('a word stands once in its family', () => {
    for (const family of familyNames) {
      const words = wordsOf(family).map(({ word }) => word);
      expect(words).toEqual([...new Set(words)]);
    }
  });

  test('an unknown word never looks done', () => {
    expect(faceOf('uwsJob', 'SOMETHING')).toBe('unknown');
    expect(faceOf('uwsJob', 'QUEUED')).toBe('waiting');
  });

  test('the bar of progress has a place for every face', () => {
    expect([...phaseOrder].sort()).toEqual([...faces].sort());
  });
});
