import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { closureOf, filesOf } from '../../../server/src/crds/rules/index.ts';
import { PublishedMappings } from './mappings.ts';
import { publishedCases } from './published.ts';

interface ContextCase {
  context: string;
  mapping_names?: string[];
  reference_names?: string[];
  n_mappings?: number;
  n_references?: number;
  mappings_sha1?: string;
  references_sha1?: string;
}

const mappings = new PublishedMappings('crds contexts');
const cases = publishedCases<ContextCase>('crds contexts', 'contexts.jsonl.gz') ?? [];

function digest(names: readonly string[]): string {
  return createHash('sha1').update(names.join('\n')).digest('hex');
}

describe.skipIf(cases.length === 0 || mappings.areMissing)(
  'contexts lead to the files that crds 13.2.7 names',
  () => {
    it('reads every published mapping, which names itself', () => {
      expect(mappings.texts.size).toBeGreaterThan(1400);
      for (const name of mappings.texts.keys()) expect(mappings.read(name).name).toBe(name);
    });

    it('names the mappings and references of whole contexts', () => {
      const whole = cases.filter((item) => item.mapping_names !== undefined);
      expect(whole.length).toBeGreaterThan(0);
      for (const { context, mapping_names, reference_names } of whole) {
        expect(closureOf(context, mappings.read)).toEqual({
          mappings: mapping_names,
          references: reference_names,
        });
      }
    });

    it('agrees in number and sum for every context', () => {
      const counted = cases.filter((item) => item.mappings_sha1 !== undefined);
      expect(counted.length).toBeGreaterThan(200);
      for (const item of counted) {
        const found = closureOf(item.context, mappings.read);
        expect({ ...item, n_mappings: found.mappings.length, n_references: found.references.length }).toEqual(
          item,
        );
        expect([item.context, digest(found.mappings), digest(found.references)]).toEqual([
          item.context,
          item.mappings_sha1,
          item.references_sha1,
        ]);
      }
    });

    it('names what a mapping uses itself in order', () => {
      expect(filesOf(mappings.read('tobs_0102.pmap'))).toEqual(['tobs_tinstr_0102.imap']);
    });
  },
);
