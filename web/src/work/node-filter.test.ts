import { expect, test } from 'vitest';
import { memoryOf, nodeFilter, nodeProblems, nodeTerms, nodeText, seenSince } from './node-filter.ts';

const now = Date.parse('2026-11-22T02:18:40.000Z');

test('a query of terms is the filter they mean', () => {
  expect(nodeFilter('n01 site:NORTH cpu:"EPYC 7351" gpu:any cores:64 memory:128GB seen:2h', now)).toEqual({
    host: 'n01',
    site: 'NORTH',
    cpu: 'EPYC 7351',
    gpu: 'any',
    cores: 64,
    memoryMb: 128_000,
    since: '2026-11-22T00:18:00.000Z',
  });
});

test('memory has a unit, GB without one', () => {
  expect(['64', '64GB', '512mb', '1.5TB', 'much'].map(memoryOf)).toEqual([
    64_000,
    64_000,
    512,
    1_500_000,
    undefined,
  ]);
});

test('what means nothing is said, and narrows nothing', () => {
  const q = 'cores:many memory:much seen:yesterday colour:red -site:X';
  expect(nodeProblems(q)).toHaveLength(5);
  expect(nodeFilter(q, now)).toEqual({});
  expect(seenSince('7d', now)).toBe('2026-11-15T02:18:00.000Z');
});

test('terms are written as they were read', () => {
  const q = 'n01 site:NORTH cpu:"EPYC 7351"';
  expect(nodeText(nodeTerms(q))).toBe(q);
});
