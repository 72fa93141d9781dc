import { describe, expect, it } from 'vitest';
import type { Step } from '../../../server/src/crds/rules/compare/difference.ts';
import { differences } from '../../../server/src/crds/rules/compare/differences.ts';
import { PublishedMappings } from './mappings.ts';
import { publishedCases } from './published.ts';

interface DifferenceCase {
  old: string;
  new: string;
  recurse_added_deleted: boolean;
  include_header_diffs: boolean;
  expected: { values: Step[]; parameter_names: Step[]; instrument: string | null; filekind: string | null }[];
}

const mappings = new PublishedMappings('crds differences');
const cases = publishedCases<DifferenceCase>('crds differences', 'diffs.jsonl.gz') ?? [];

describe.skipIf(cases.length === 0 || mappings.areMissing)(
  'differences of contexts are those of crds 13.2.7',
  () => {
    it.each(cases)(
      '$old and $new, inside: $recurse_added_deleted, headers: $include_header_diffs',
      async (item) => {
        const found = await differences(mappings.read(item.old), mappings.read(item.new), mappings.read, {
          includeHeaders: item.include_header_diffs,
          insideAddedAndDeleted: item.recurse_added_deleted,
        });
        expect(
          found.map(({ values, parameterNames, instrument, filekind }) => ({
            values,
            parameter_names: parameterNames,
            instrument,
            filekind,
          })),
        ).toEqual(item.expected);
      },
    );
  },
);
