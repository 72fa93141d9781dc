import type { CrdsRecommendation } from '@orrery/contracts';
import { expect, test } from 'vitest';
import { inOrder, wantedBy } from './answer-types.tsx';

const each = (type: string, more: Partial<CrdsRecommendation> = {}): CrdsRecommendation => ({
  type,
  outcome: 'found',
  files: [{ key: null, name: `${type}.fits`, known: true, rejected: false, badReason: '' }],
  message: '',
  rmap: null,
  ambiguous: false,
  ...more,
});
const missing = (type: string, message: string) =>
  each(type, { outcome: 'not-found', files: [], message: `NOT FOUND ${message}` });

test('what deviates comes first, what does not apply last', () => {
  const bad = [{ key: null, name: 'x.fits', known: true, rejected: true, badReason: 'wrong' }];
  const types = [
    each('a', { outcome: 'not-applicable', files: [] }),
    each('c'),
    each('b'),
    each('d', { ambiguous: true }),
    each('e', { files: bad }),
    missing('f', 'No match found.'),
  ];
  expect(inOrder(types).map(({ type }) => type)).toEqual(['f', 'd', 'e', 'b', 'c', 'a']);
});

test('a type that only lacks a value says which', () => {
  expect(wantedBy(missing('a', " parameter='DETECTOR' value='UNDEFINED' is not in ['HRC']"))).toBe(
    'DETECTOR',
  );
  expect(wantedBy(missing('a', 'One or more required date/time values is UNDEFINED'))).toBe(
    'the date and time',
  );
  expect(wantedBy(missing('a', " parameter='DETECTOR' value='XYZ' is not in ['HRC']"))).toBeUndefined();
  expect(wantedBy(each('a'))).toBeUndefined();
});
