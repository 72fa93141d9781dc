import { expect, test } from 'vitest';
import { filterOf, problemsOf, withField } from './file-filter.ts';

test('a query becomes the filter of the API', () => {
  expect(filterOf('hst_acs_* kind:mapping state:archived state:operational type:BiasFile bad:no')).toEqual({
    text: 'hst_acs_*',
    kind: 'mapping',
    state: ['archived', 'operational'],
    type: 'biasfile',
    bad: false,
  });
  expect(filterOf('after:2020-05-01 place:linked mapping:rmap')).toEqual({
    addedAfter: '2020-05-01T00:00:00.000Z',
    place: ['linked'],
    mapping: 'rmap',
  });
  expect(filterOf('')).toEqual({});
});

test('what a query says that means nothing is named and left out', () => {
  expect(filterOf('kind:planet colour:red -state:archived')).toEqual({});
  expect(problemsOf('kind:planet')).toEqual(['planet is no kind; mapping, reference are.']);
  expect(problemsOf('colour:red')[0]).toContain('no field colour');
  expect(problemsOf('-state:archived')).toHaveLength(1);
  expect(problemsOf('before:soon')[0]).toContain('soon is no date');
  expect(problemsOf('bias kind:mapping')).toEqual([]);
});

test('choosing a value takes the place of those chosen before', () => {
  expect(withField('bias kind:mapping state:archived', 'state', ['operational'])).toBe(
    'bias kind:mapping state:operational',
  );
  expect(withField('bias state:archived', 'state', [])).toBe('bias');
});
