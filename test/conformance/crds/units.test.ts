import { describe, expect, it } from 'vitest';
import { reformatDate } from '../../../server/src/crds/rules/dates.ts';
import { judge, readElement } from '../../../server/src/crds/rules/element.ts';
import { alternativesOf, conditionValue } from '../../../server/src/crds/rules/values.ts';
import { simplifyVersion } from '../../../server/src/crds/rules/versions.ts';
import { publishedCases } from './published.ts';

interface UnitCase {
  fn: string;
  in?: unknown;
  key?: string;
  value?: string;
  out?: unknown;
  error?: string;
}

const cases = publishedCases<UnitCase>('crds units', 'units.jsonl.gz') ?? [];

function of(name: string): UnitCase[] {
  return cases.filter(({ fn }) => fn === name);
}

/** What a function answers for each case, errors as the word "error". */
function answers(name: string, compute: (input: unknown) => unknown): [unknown[], unknown[]] {
  const attempt = (input: unknown): unknown => {
    try {
      return compute(input);
    } catch {
      return 'error';
    }
  };
  const chosen = of(name);
  return [
    chosen.map((item) => [item.in, attempt(item.in)]),
    chosen.map((item) => [item.in, item.error === undefined ? item.out : 'error']),
  ];
}

describe.skipIf(cases.length === 0)('small functions answer as crds 13.2.7 does', () => {
  it('conditions values', () => {
    const [ours, expected] = answers('condition_value', conditionValue);
    expect(ours.length).toBeGreaterThan(200);
    expect(ours).toEqual(expected);
  });

  it('reads dates', () => {
    const [ours, expected] = answers('reformat_date', (text) => reformatDate(String(text)));
    expect(ours.length).toBeGreaterThan(100);
    expect(ours).toEqual(expected);
  });

  it('splits or-sets', () => {
    const [ours, expected] = answers('glob_list', (text) => alternativesOf(String(text)));
    expect(ours).toEqual(expected);
  });

  it('judges values by the elements of keys', () => {
    const chosen = of('matcher');
    expect(chosen.length).toBeGreaterThan(800);
    const ours = chosen.map(({ key = '', value = '' }) => {
      try {
        return [key, value, judge(readElement(key), value)];
      } catch {
        return [key, value, 'error'];
      }
    });
    expect(ours).toEqual(chosen.map(({ key, value, out, error }) => [key, value, error ? 'error' : out]));
  });

  it('simplifies versions', () => {
    const [ours, expected] = answers('simplify_version', (text) => {
      const version = simplifyVersion(String(text));
      if (version === undefined) throw new Error('not a version');
      return version;
    });
    expect(ours).toEqual(expected);
  });
});
