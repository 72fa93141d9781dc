import { expect, test } from 'vitest';
import type { Sql } from './db/index.ts';
import { joinOverdue } from './join-overdue.ts';
import type { OverdueQuery, OverdueRow } from './module.ts';

const row = (id: string, minute: number): OverdueRow => ({
  kind: 'job',
  id,
  name: id,
  href: `/ui/${id}`,
  why: 'It takes too long.',
  since: new Date(0),
  deadline: new Date(minute * 60_000),
  owner: 'ann',
  nextStep: 'Look at it.',
});

function aPart(rows: OverdueRow[], count: number, nextMinute: number | null): OverdueQuery {
  return {
    find: async (_sql, _now, limit) => ({ total: rows.length, rows: rows.slice(0, limit) }),
    watched: async () => ({
      count,
      nextDeadline: nextMinute === null ? null : new Date(nextMinute * 60_000),
    }),
  };
}

/** No part of these tests asks a database. */
const nothing: Pick<Sql, never> = {};

test('several questions are answered as one: the longest overdue first, all of them counted', async () => {
  const joined = joinOverdue([aPart([row('a', 1), row('c', 3)], 5, null), aPart([row('b', 2)], 7, 9)]);
  const { total, rows } = await joined.find(nothing as Sql, new Date(), 2);
  expect([total, rows.map(({ id }) => id)]).toEqual([3, ['a', 'b']]);
  expect(await joined.watched(nothing as Sql, new Date())).toEqual({
    count: 12,
    nextDeadline: new Date(540_000),
  });
});

test('nothing watched has no deadline', async () => {
  const joined = joinOverdue([aPart([], 0, null), aPart([], 0, null)]);
  expect(await joined.watched(nothing as Sql, new Date())).toEqual({ count: 0, nextDeadline: null });
});
