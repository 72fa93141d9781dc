import type { PandaQueueRow } from '@orrery/contracts';
import { describe, expect, test } from 'vitest';
import { readSort, sortedRows } from '../shared/local-table.tsx';
import { attentionOf, queuesInNeed } from './attention.ts';
import { matches, queueProblems, queueTerms } from './queue-filter.ts';

const now = Date.parse('2026-11-22T02:00:00.000Z');
const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();

const queue = (given: Partial<PandaQueueRow> = {}): PandaQueueRow => ({
  queue: 'A',
  site: 'North',
  vo: null,
  status: 'online',
  statusReason: '',
  statusSince: ago(9000),
  statusBy: 'op',
  jobs: {},
  finished: 0,
  failed: 0,
  asked: 0,
  given: 0,
  lastPilotAt: ago(10),
  lastActivityAt: ago(10),
  downtimeUntil: null,
  stuck: null,
  version: 1,
  modifiedAt: ago(9000),
  ...given,
});

describe('a queue wants a look', () => {
  test('when jobs wait and no pilot asks', () => {
    expect(attentionOf(queue({ jobs: { activated: 3 }, lastPilotAt: ago(1800) }), now)?.why).toBe(
      '3 jobs wait; no pilot has asked for work for 30\u00a0min',
    );
    expect(attentionOf(queue({ jobs: { activated: 1 }, lastPilotAt: null }), now)?.why).toBe(
      '1 job waits; no pilot has ever asked for work',
    );
    expect(attentionOf(queue({ jobs: { activated: 3 }, lastPilotAt: ago(60) }), now)).toBeUndefined();
    expect(attentionOf(queue({ jobs: { running: 3 }, lastPilotAt: ago(9999) }), now)).toBeUndefined();
  });

  test('when jobs wait that no pilot of it can take, and leads to the oldest', () => {
    const stuck = {
      jobs: 1,
      job: 7,
      why: '1 job waits that no pilot can take: it asks for 512 cores and a pilot has 8',
    };
    const row = queue({ jobs: { activated: 1 }, stuck });
    expect(attentionOf(row, now)).toEqual({ face: 'bad', why: stuck.why, job: 7 });
    expect(attentionOf({ ...row, status: 'paused' }, now)?.why).toBe('1 job waits though it is paused');
    expect(attentionOf({ ...row, lastPilotAt: null }, now)?.why).toMatch(/no pilot has ever asked/);
  });

  test('when most of what ends fails, unless that is too few to tell', () => {
    expect(attentionOf(queue({ finished: 4, failed: 6 }), now)?.face).toBe('bad');
    expect(attentionOf(queue({ finished: 7, failed: 3 }), now)?.face).toBe('partial');
    expect(attentionOf(queue({ finished: 1, failed: 3 }), now)).toBeUndefined();
    expect(attentionOf(queue({ finished: 90, failed: 3 }), now)).toBeUndefined();
  });

  test('when jobs wait though it gives none out', () => {
    expect(attentionOf(queue({ status: 'paused', jobs: { activated: 2 }, lastPilotAt: null }), now)).toEqual({
      face: 'partial',
      why: '2 jobs wait though it is paused',
    });
    expect(attentionOf(queue({ status: 'offline' }), now)).toBeUndefined();
  });

  test('the urgent ones stand first, the longest line before shorter ones', () => {
    const rows = [
      queue({ queue: 'well' }),
      queue({ queue: 'paused', status: 'paused', jobs: { activated: 9 } }),
      queue({ queue: 'short', jobs: { activated: 2 }, lastPilotAt: null }),
      queue({ queue: 'long', jobs: { activated: 5 }, lastPilotAt: null }),
    ];
    expect(queuesInNeed(rows, now).map(({ row }) => row.queue)).toEqual(['long', 'short', 'paused']);
  });
});

describe('the list of queues', () => {
  const found = (q: string, row = queue({ queue: 'CLUSTER-A', vo: 'jwst' })) => matches(row, queueTerms(q));

  test('is filtered by words of name and site, by state and VO', () => {
    expect(found('cluster')).toBe(true);
    expect(found('north')).toBe(true);
    expect(found('south')).toBe(false);
    expect(found('status:online vo:jwst')).toBe(true);
    expect(found('status:offline status:online')).toBe(true);
    expect(found('status:offline')).toBe(false);
    expect(found('-status:online')).toBe(false);
    expect(found('-vo:atlas site:nor')).toBe(true);
  });

  test('says what it does not understand', () => {
    expect(queueProblems('status:broken colour:red')).toEqual([
      'broken is no state of a queue.',
      expect.stringContaining('There is no field colour'),
    ]);
  });

  test('is sorted by a column, both ways, equal rows as they were', () => {
    const columns = [{ id: 'n', head: 'N', cell: () => '', sortBy: (row: { n: number }) => row.n }];
    const rows = [
      { n: 2, k: 'a' },
      { n: 1, k: 'b' },
      { n: 2, k: 'c' },
    ];
    const order = (sort: string | undefined) =>
      sortedRows(rows, columns, readSort(sort))
        .map((row) => (row as (typeof rows)[number]).k)
        .join('');
    expect(order('n')).toBe('bac');
    expect(order('-n')).toBe('acb');
    expect(order(undefined)).toBe('abc');
    expect(order('unknown')).toBe('abc');
  });
});
