import { describe, expect, it } from 'vitest';
import {
  compareNewer,
  hasDifferentWeight,
  hstUniqueName,
  isContextSpec,
  isMappingSpec,
  isSuperset,
} from '../../../server/src/crds/rules/index.ts';
import { publishedCases } from './published.ts';

interface NameCase {
  fn: string;
  in: string;
  out: boolean;
}

interface PairCase {
  fn: string;
  a: string;
  b: string;
  out?: boolean;
  error?: string;
}

interface SupersetCase {
  fn: string;
  a: string[];
  b: string[];
  out: boolean;
  different_weight: boolean;
}

interface StampCase {
  fn: string;
  instrument: string;
  filekind: string;
  ext: string;
  now: string;
  out: string;
}

const cases = publishedCases<{ fn: string }>('crds names', 'units.jsonl.gz') ?? [];

function of<T extends { fn: string }>(name: string): T[] {
  const chosen = cases.filter(({ fn }) => fn === name) as T[];
  expect(chosen.length).toBeGreaterThan(5);
  return chosen;
}

describe.skipIf(cases.length === 0)('names are understood as crds 13.2.7 understands them', () => {
  it('knows what can stand for a mapping and for a context', () => {
    for (const item of of<NameCase>('is_mapping_spec'))
      expect([item.in, isMappingSpec(item.in)]).toEqual([item.in, item.out]);
    for (const item of of<NameCase>('is_context_spec'))
      expect([item.in, isContextSpec(item.in)]).toEqual([item.in, item.out]);
  });

  it('tells the newer of two files, and which names cannot be compared', () => {
    for (const { a, b, out } of of<PairCase>('newer'))
      expect([a, b, compareNewer(a, b)]).toEqual([a, b, out]);
  });

  it('gives Hubble references their dated names', () => {
    const suffixes = new Map([
      ['deadtab', 'dead'],
      ['pfltfile', 'pfl'],
      ['darkfile', 'drk'],
      ['biasfile', 'bia'],
    ]);
    for (const { instrument, filekind, ext, now, out } of of<StampCase>('hst_unique_name')) {
      const at = new Date(`${now.replace(' ', 'T')}Z`);
      expect(hstUniqueName(instrument, suffixes.get(filekind) ?? '', ext, at)).toBe(out);
    }
  });

  it('knows which of two Match keys is the more general, and whether they weigh the same', () => {
    for (const { a, b, out, different_weight } of of<SupersetCase>('match_superset')) {
      expect([a, b, isSuperset(a, b), hasDifferentWeight(a, b)]).toEqual([a, b, out, different_weight]);
    }
  });
});
