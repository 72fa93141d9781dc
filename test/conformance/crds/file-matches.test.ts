import { describe, expect, it } from 'vitest';
import { fileMatches } from '../../../server/src/crds/rules/file-matches.ts';
import { closureOf, filesOf, type Mapping } from '../../../server/src/crds/rules/index.ts';
import { PublishedMappings } from './mappings.ts';
import { publishedCases } from './published.ts';

interface MatchCase {
  context: string;
  file: string;
  expected: unknown;
}

const mappings = new PublishedMappings('crds file matches');
const cases = publishedCases<MatchCase>('crds file matches', 'file-matches.jsonl.gz') ?? [];

/** The rmaps of a context by the files that they name. */
function rmapsOf(context: string): Map<string, Mapping[]> {
  const rmaps = new Map<string, Mapping[]>();
  for (const name of closureOf(context, mappings.read).mappings) {
    const mapping = mappings.read(name);
    if (mapping.kind !== 'rmap') continue;
    for (const file of filesOf(mapping)) rmaps.set(file, [...(rmaps.get(file) ?? []), mapping]);
  }
  return rmaps;
}

describe.skipIf(cases.length === 0 || mappings.areMissing)('ways to a file are those of crds 13.2.7', () => {
  it('finds all of them in whole contexts', () => {
    expect(cases.length).toBeGreaterThan(400);
    const contexts = new Map(
      [...new Set(cases.map(({ context }) => context))].map((name) => [name, rmapsOf(name)]),
    );
    for (const { context, file, expected } of cases) {
      expect([file, fileMatches(contexts.get(context)?.get(file) ?? [], file)]).toEqual([file, expected]);
    }
  });
});
