import { describe, expect, it } from 'vitest';
import { fileMatches } from '../../../server/src/crds/rules/file-matches.ts';
import type { Mapping } from '../../../server/src/crds/rules/index.ts';
import { renderMapping } from '../../../server/src/crds/rules/render.ts';
import { deleteReference } from '../../../server/src/crds/rules/rewrite/delete.ts';
import { insertReference } from '../../../server/src/crds/rules/rewrite/insert.ts';
import { derivedMapping } from '../../../server/src/crds/rules/rewrite/new-context.ts';
import { RuleUpdateError } from '../../../server/src/crds/rules/rewrite/rule-key.ts';
import { PublishedMappings } from './mappings.ts';
import { publishedCases } from './published.ts';

interface UpdateCase {
  rmap: string;
  steps: ({ op: 'insert'; header: Record<string, string>; file: string } | { op: 'delete'; file: string })[];
  new_name?: string;
  expected_text?: string;
  file_matches?: Record<string, unknown>;
  error?: string;
}

const mappings = new PublishedMappings('crds rmap updates');
const cases = publishedCases<UpdateCase>('crds rmap updates', 'rmap-updates.jsonl.gz') ?? [];
const numbered = cases.map((item, number) => ({ ...item, number }));

function updated({ rmap, steps }: UpdateCase): Mapping {
  let mapping = mappings.read(rmap);
  for (const step of steps) {
    mapping =
      step.op === 'insert'
        ? insertReference(mapping, new Map(Object.entries(step.header)), step.file).mapping
        : deleteReference(mapping, step.file);
  }
  return mapping;
}

describe.skipIf(cases.length === 0 || mappings.areMissing)('rmaps are updated as crds 13.2.7 does it', () => {
  it.each(numbered.filter((item) => item.error === undefined))('byte for byte: $number, $rmap', (item) => {
    const mapping = updated(item);
    expect(renderMapping(derivedMapping(mapping, item.new_name ?? ''))).toBe(item.expected_text);
    for (const [file, expected] of Object.entries(item.file_matches ?? {})) {
      expect(fileMatches([mapping], file)).toEqual(expected);
    }
  });

  it.each(numbered.filter((item) => item.error !== undefined))('refused: $number, $rmap', (item) => {
    expect(() => updated(item)).toThrow(RuleUpdateError);
  });
});
