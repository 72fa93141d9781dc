import { pandaJobStates } from '@orrery/contracts';
import { describe, expect, test } from 'vitest';
import { apiOf } from '../api-of-page.ts';
import { errorOf, filterOf, jobsHref, problemsOf } from './filter.ts';
import { arrival } from './live.ts';
import { workerFilter } from './workers.tsx';

describe('the filter of job lists', () => {
  test('reads states, queue, owner, error, times and the beginning of a name', () => {
    expect(
      filterOf(
        'status:failed status:closed queue:LOCAL owner:me error:pilot:1305 since:2026-11-22 user.a',
        'op',
      ),
    ).toEqual({
      status: ['failed', 'closed'],
      queue: 'LOCAL',
      owner: 'op',
      errorSource: 'pilot',
      errorCode: 1305,
      modifiedAfter: '2026-11-22T00:00:00.000Z',
      text: 'user.a',
    });
  });

  test('calls fields as people do and passes them on as the API does', () => {
    expect(filterOf('type:merge resource:SCORE group:AP task:10000240 after:2026-11-22T02:00')).toEqual({
      processingType: 'merge',
      resourceType: 'SCORE',
      workingGroup: 'AP',
      task: 10_000_240,
      createdAfter: '2026-11-22T02:00:00.000Z',
    });
  });

  test('a state that is left out leaves all others', () => {
    const { status } = filterOf('-status:finished');
    expect(status).toEqual(pandaJobStates.filter((state) => state !== 'finished'));
  });

  test('nothing asked is nothing filtered', () => {
    expect(filterOf('')).toEqual({});
  });

  test('says what it does not understand, and leaves it out', () => {
    const q = 'status:lost colour:red task:x error:moon:1 after:noon -queue:LOCAL toString:1';
    expect(problemsOf(q)).toEqual([
      'lost is no state of a job.',
      expect.stringContaining('There is no field colour'),
      'x is no number of a task.',
      expect.stringContaining('moon:1 is no error'),
      expect.stringContaining('noon is no date'),
      'Only states can be left out, not queue.',
      expect.stringContaining('There is no field toString'),
    ]);
    expect(filterOf(q)).toEqual({});
  });

  test.each([
    ['pilot:1305', { errorSource: 'pilot', errorCode: 1305 }],
    ['PILOT', { errorSource: 'pilot' }],
    ['1305', { errorCode: 1305 }],
    ['-1', { errorCode: -1 }],
    ['jobDispatcher:100', { errorSource: 'jobDispatcher', errorCode: 100 }],
    ['moon', undefined],
    ['', undefined],
    ['1 2', undefined],
  ])('the error %j', (text, expected) => {
    expect(errorOf(text)).toEqual(expected);
  });

  test('an address of a list is read back as the same filter', () => {
    const href = jobsHref({ status: ['sent', 'running'], queue: 'A', share: 'User Analysis', owner: null });
    const q = new URL(href, 'http://x').searchParams.get('q') ?? '';
    expect(filterOf(q)).toEqual({ status: ['sent', 'running'], queue: 'A', share: 'User Analysis' });
  });
});

describe('what an event says of a list', () => {
  const event = (key: number, status: string, queue = 'LOCAL') => ({
    key: String(key),
    data: { status, queue, task: null, account: 1 },
  });

  test('without a choice of states a job above the first row is new, others stand on another page', () => {
    expect(arrival({}, event(12, 'activated'), 11)).toBe('in');
    expect(arrival({}, event(10, 'running'), 11)).toBe('neither');
    expect(arrival({}, event(1, 'defined'), undefined)).toBe('in');
  });

  test('with states a job comes and goes with its own', () => {
    const failed = { status: ['failed' as const] };
    expect(arrival(failed, event(3, 'failed'), 11)).toBe('in');
    expect(arrival(failed, event(3, 'running'), 11)).toBe('out');
  });

  test('another queue does not count, and filters that events do not carry tell nothing', () => {
    expect(arrival({ queue: 'A' }, event(12, 'activated', 'B'), 11)).toBe('neither');
    expect(arrival({ owner: 'op' }, event(12, 'activated'), 11)).toBe('neither');
  });
});

describe('the call behind a page', () => {
  test.each([
    ['/work', {}, '/api/panda/overview'],
    ['/work/jobs', { q: 'status:failed', cursor: 'c' }, '/api/panda/jobs?status=failed&cursor=c'],
    ['/work/jobs/12', { tab: 'log' }, '/api/panda/jobs/12'],
    ['/work/queues/LOCAL', {}, '/api/panda/queues/LOCAL'],
    ['/work/workers/h/3', {}, '/api/panda/workers/h/3'],
    ['/work/errors', { by: 'queue', hours: '8' }, '/api/panda/errors?by=queue&hours=8'],
    ['/work/elsewhere', {}, undefined],
  ])('%s', (path, search, expected) => {
    expect(apiOf(path, search)).toBe(expected);
  });
});

test('a word without a field is the queue of workers', () => {
  expect(workerFilter('LOCAL -status:finished')).toEqual({
    queue: 'LOCAL',
    status: ['submitted', 'ready', 'running', 'idle', 'failed', 'cancelled', 'missed'],
  });
});
