import { describe, expect, it } from 'vitest';
import { readMapping } from '../../../server/src/crds/rules/index.ts';
import { formatMapping, renderMapping } from '../../../server/src/crds/rules/render.ts';
import { compileRmap } from '../../../server/src/crds/rules/rmap.ts';
import { PublishedMappings } from './mappings.ts';
import { publishedCases } from './published.ts';

interface LoadCase {
  case: string;
  text: string;
  loads: boolean;
  formatted?: string;
}

const cases = publishedCases<LoadCase>('crds mapping loads', 'mapping-loads.jsonl') ?? [];
const mappings = new PublishedMappings('crds mapping loads');

describe.skipIf(cases.length === 0)('mappings load when crds 13.2.7 loads them', () => {
  const name = 'hst_acs_biasfile_9901.rmap';

  it.each(cases.filter((item) => item.loads))('$case: loads and has the same normal form', (item) => {
    const mapping = readMapping(item.text, { name });
    expect(() => compileRmap(mapping)).not.toThrow();
    expect(formatMapping(mapping)).toBe(item.formatted);
  });

  it.each(cases.filter((item) => !item.loads))('$case: is refused', (item) => {
    expect(() => compileRmap(readMapping(item.text, { name }))).toThrow(
      /^hst_acs_biasfile_9901\.rmap:\d+:\d+: expected /,
    );
  });
});

describe.skipIf(mappings.areMissing)('published mappings are written as they were', () => {
  it('byte for byte, apart from comments and order that people left in them', () => {
    let same = 0;
    for (const [name, text] of mappings.texts) {
      const written = renderMapping(mappings.read(name));
      if (written === text) same++;
      else expect(renderMapping(readMapping(written, { name }))).toBe(written);
    }
    expect(same).toBeGreaterThan(1000);
  });
});
