import { readFileSync } from 'node:fs';
import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import { jobStates, jobTransitions } from '../../server/src/panda/states.ts';
import { watchSettings } from '../../server/src/panda/watch/settings.ts';

const page = new URL('../../docs/explanation/life-of-a-panda-job.md', import.meta.url);

/** The states a cell of the page names, in its order. */
function statesIn(cell: string): string[] {
  return [...cell.matchAll(/`(\w+)`/g)].map(([, state = '']) => state);
}

test('the page on the life of a job has the states and transitions of the table', () => {
  const [, section = ''] = readFileSync(page, 'utf8').split('\n## States\n');
  const [table = '', after = ''] = section.split('\n\nFrom every state that is not final');
  const rows = [...table.matchAll(/^\| `(\w+)` \|[^|]*\|([^|]*)\|/gm)];
  expect(rows.map(([, state]) => state)).toEqual([...jobStates]);
  const ends = statesIn(after.split('.')[0] ?? '');
  expect(ends).toEqual(['failed', 'cancelled', 'closed']);
  for (const state of jobStates) {
    const cell = rows.find(([, name]) => name === state)?.[2] ?? '';
    const isFinal = jobTransitions[state].length === 0;
    expect([state, ...statesIn(cell), ...(isFinal ? [] : ends)]).toEqual([state, ...jobTransitions[state]]);
  }
});

test('the page names the time limits that can be set, with their hours', () => {
  const text = readFileSync(page, 'utf8');
  const { heartbeatHoursByWorkflow: _ofWorkflows, ...hours } = Value.Create(watchSettings);
  for (const [name, fallback] of Object.entries(hours)) expect(text).toContain(`\`${name}\` (${fallback})`);
});
