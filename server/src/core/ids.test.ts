import { expect, test } from 'vitest';
import { shortId, unguessableId } from './ids.ts';

test('ids have the wanted length and legal signs, and no two are equal', () => {
  const ids = Array.from({ length: 20_000 }, () => unguessableId());
  expect(ids.every((id) => /^[2-9a-km-np-z]{26}$/.test(id))).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
  expect([shortId().length, unguessableId(5000).length, unguessableId(0)]).toEqual([12, 5000, '']);
});

test('every sign is as frequent as any other, at every place', () => {
  const counts = new Map<string, number>();
  const ids = 32_000;
  for (let n = 0; n < ids; n++) {
    for (const [place, sign] of [...unguessableId(4)].entries()) {
      counts.set(`${place}${sign}`, (counts.get(`${place}${sign}`) ?? 0) + 1);
    }
  }
  // 1,000 of each are expected; eight standard deviations away is no chance.
  expect(counts.size).toBe(4 * 32);
  expect([...counts.values()].filter((count) => Math.abs(count - 1000) > 250)).toEqual([]);
});
