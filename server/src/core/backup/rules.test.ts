import { expect, test } from 'vitest';
import { ruleFaults, tablesToCopy } from './rules.ts';

const tables = [
  { name: 'core.owner', needs: [] },
  { name: 'core.thing', needs: ['core.owner'] },
];

test('a table without a rule, a rule without a table and a rule too many are named', () => {
  const rules = [
    { table: 'core.owner', how: 'rows' as const },
    { table: 'core.owner', how: 'skip' as const },
    { table: 'core.gone', how: 'skip' as const },
  ];
  expect(ruleFaults(tables, rules)).toEqual([
    'core.thing has no backup rule',
    'a rule names core.gone, which is no table',
    'core.owner has more than one rule',
  ]);
});

test('rows that would refer to rows left out are named', () => {
  const rules = [
    { table: 'core.owner', how: 'skip' as const },
    { table: 'core.thing', how: 'rows' as const },
  ];
  expect(ruleFaults(tables, rules)).toEqual(['core.thing is copied but refers to core.owner, which is not']);
});

test('a table that nobody thought of is copied', () => {
  expect(tablesToCopy(tables, [{ table: 'core.owner', how: 'skip' }])).toEqual([tables[1]]);
});
