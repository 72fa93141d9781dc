import type { SavedView } from '@orrery/contracts';
import { describe, expect, test } from 'vitest';
import { completions } from './filter-bar.tsx';
import { readTerms, writeTerms } from './filter-terms.ts';
import { chosenView, orderedViews, type View } from './views.ts';

const saved = (id: string, q: string, mine = true): SavedView => ({
  id,
  list: 'uws.jobs',
  name: id,
  query: new URLSearchParams({ q }).toString(),
  shared: !mine,
  mine,
  owner: mine ? 'me' : 'other',
  changedAt: '2026-11-22T00:00:00.000Z',
});
const builtIn: View[] = [
  { id: 'all', name: 'All', q: '' },
  { id: 'failed', name: 'Failed', q: 'phase:ERROR' },
];

describe('the view of an address', () => {
  const views = orderedViews(builtIn, [saved('first', 'phase:QUEUED'), saved('theirs', 'a b', false)]);

  test('stands in the order own, built in, shared', () => {
    expect(views.map(({ id }) => id)).toEqual(['first', 'all', 'failed', 'theirs']);
  });

  test.each([
    ['nothing: the first of one’s own', {}, 'first', 'phase:QUEUED', false],
    ['a name', { view: 'all' }, 'all', '', false],
    ['a name and another query', { view: 'first', q: 'x' }, 'first', 'x', true],
    ['a name and its own query', { view: 'theirs', q: 'a b' }, 'theirs', 'a b', false],
    ['a query that is a view', { q: 'phase:ERROR' }, 'failed', 'phase:ERROR', false],
    [
      'a name of the page and the query of another',
      { view: 'all', q: 'phase:ERROR' },
      'failed',
      'phase:ERROR',
      false,
    ],
    [
      'one’s own with the query of another',
      { view: 'first', q: 'phase:ERROR' },
      'first',
      'phase:ERROR',
      true,
    ],
    ['a query of no view', { q: 'y' }, undefined, 'y', false],
    ['a name that is gone', { view: 'gone' }, undefined, '', false],
    ['a name that is gone, with a query', { view: 'gone', q: 'y' }, undefined, 'y', false],
  ])('%s', (_what, address, id, q, isChanged) => {
    expect(chosenView(views, address)).toMatchObject({ q, isChanged });
    expect(chosenView(views, address).view?.id).toBe(id);
  });

  test('is the first of the page for those who saved none', () => {
    expect(chosenView(orderedViews(builtIn, []), {}).view?.id).toBe('all');
  });
});

describe('the text of a filter', () => {
  test.each(['phase:ERROR owner:me tile', '-phase:ERROR', 'name:"two words"', '"two words" -phase:QUEUED'])(
    '%s is read and written the same',
    (text) => {
      const again = writeTerms(readTerms(text, 'name'), 'name');
      expect(readTerms(again, 'name')).toEqual(readTerms(text, 'name'));
    },
  );

  test('knows what is left out, and that a dash alone means nothing', () => {
    expect(readTerms('-phase:ERROR -x', 'name')).toEqual([
      { field: 'phase', value: 'ERROR', not: true },
      { field: 'name', value: '-x' },
    ]);
  });

  test('is completed at its last word', () => {
    const values = (field: string) => (field === 'phase' ? ['ERROR', 'QUEUED'] : []);
    expect(completions('', ['phase', 'owner'], values)).toEqual(['phase:', 'owner:']);
    expect(completions('owner:me ph', ['phase'], values)).toEqual(['owner:me phase:']);
    expect(completions('owner:me -phase:E', ['phase'], values)).toEqual([
      'owner:me -phase:ERROR',
      'owner:me -phase:QUEUED',
    ]);
  });
});
