import type { PandaEndpoint } from '@orrery/contracts';
import { expect, test } from 'vitest';
import { endpointProblems, endpointTerms, fillOf, isMeant, isNearlyFull } from './endpoint-filter.ts';

const row: PandaEndpoint = {
  endpoint: 'NORTH_DATADISK',
  state: 'ACTIVE',
  type: 'DATADISK',
  site: 'NORTH',
  isHere: true,
  files: 3,
  bytes: 90,
  maxBytes: 100,
};

test.each([
  ['', true],
  ['north', true],
  ['site:north type:datadisk', true],
  ['type:data', false],
  ['-name:disk', false],
  ['site:south', false],
])('%j means the endpoint: %s', (q, expected) => {
  expect(isMeant(row, endpointTerms(q))).toBe(expected);
});

test('a field that endpoints have not is told, not passed over', () => {
  expect(endpointProblems('disk:full')).toEqual(['There is no field disk; name, site, type are known.']);
  expect(endpointProblems('site:full')).toEqual([]);
});

test('an endpoint is nearly full from nine tenths of its limit, without one never', () => {
  expect([fillOf(row), isNearlyFull(row)]).toEqual([0.9, true]);
  expect(isNearlyFull({ ...row, bytes: 89 })).toBe(false);
  expect([fillOf({ ...row, maxBytes: null }), isNearlyFull({ ...row, maxBytes: null })]).toEqual([
    null,
    false,
  ]);
  expect(isNearlyFull({ ...row, bytes: 0, maxBytes: 0 })).toBe(true);
});
