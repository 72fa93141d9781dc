import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inLoadOrder } from './order.ts';

test('a table comes behind those it refers to, otherwise as given', () => {
  const tables = [
    { name: 'core.a', needs: ['core.c'] },
    { name: 'core.b', needs: [] },
    { name: 'core.c', needs: ['core.elsewhere'] },
  ];
  expect(inLoadOrder(tables).map(({ name }) => name)).toEqual(['core.b', 'core.c', 'core.a']);
});

test('tables that need each other are refused by name', () => {
  const tables = [
    { name: 'core.a', needs: ['core.b'] },
    { name: 'core.b', needs: ['core.a'] },
    { name: 'core.free', needs: [] },
  ];
  expect(() => inLoadOrder(tables)).toThrow('core.a, core.b.');
});

test('whatever the foreign keys, nothing is lost and nothing comes too early', () => {
  const graph = fc.array(fc.array(fc.nat({ max: 30 }), { maxLength: 4 }), { maxLength: 30 }).map((edges) =>
    // A table needs earlier numbers only: no circles.
    edges.map((needs, index) => ({
      name: `t${index}`,
      needs: needs.filter((n) => n < index).map((n) => `t${n}`),
    })),
  );
  fc.assert(
    fc.property(graph, fc.infiniteStream(fc.double({ noNaN: true })), (tables, keys) => {
      const shuffled = tables
        .map((table) => ({ table, key: keys.next().value as number }))
        .sort((a, b) => a.key - b.key)
        .map(({ table }) => table);
      const names = inLoadOrder(shuffled).map(({ name }) => name);
      expect([...names].sort()).toEqual(tables.map(({ name }) => name).sort());
      for (const { name, needs } of tables) {
        for (const needed of needs) expect(names.indexOf(needed)).toBeLessThan(names.indexOf(name));
      }
    }),
  );
});
