import { describe, expect, it } from 'vitest';
import { Context, RuleCache } from '../../../server/src/crds/rules/index.ts';
import { PublishedMappings } from './mappings.ts';
import { publishedCases } from './published.ts';

interface ContextCase {
  context: string;
  required_parkeys?: Record<string, string[]> | string[] | null;
  mapping_names?: string[];
  reference_names?: string[];
}

const mappings = new PublishedMappings('crds required parameters');
const cases = (publishedCases<ContextCase>('crds required parameters', 'contexts.jsonl.gz') ?? []).filter(
  ({ required_parkeys }) => required_parkeys,
);
const cache = new RuleCache();

describe.skipIf(cases.length === 0 || mappings.areMissing)(
  'compiled contexts agree with crds 13.2.7 on what they need and lead to',
  () => {
    it.each(cases)(
      '$context',
      async ({ context: name, required_parkeys, mapping_names, reference_names }) => {
        const context = await Context.open(name, { read: mappings.read, hashOf: (file) => file }, cache);
        const required: Record<string, string[]> = {};
        for (const instrument of context.instruments) {
          required[instrument] = await context.requiredParameters(instrument);
        }
        expect(Array.isArray(required_parkeys) ? Object.values(required)[0] : required).toEqual(
          required_parkeys,
        );
        expect(await context.mappingNames()).toEqual(mapping_names);
        expect(await context.referenceNames()).toEqual(reference_names);
      },
    );
  },
);
