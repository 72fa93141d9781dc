import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aRequest } from '../../../../test/conformance/compute.suite.ts';
import { testDatabase } from '../../../../test/support/database.ts';
import { unguessableId } from '../ids.ts';
import { insertRun, type RunChange, updateState } from './run.store.ts';
import { type RunState, runTransitions, sourcesOf } from './run.ts';

const db = await testDatabase();
const states = Object.keys(runTransitions) as RunState[];
let slot = 0;

/** What a state needs besides its name. */
function fields(to: RunState): RunChange {
  if (to === 'ended') return { exitReason: 'exited', endedAt: new Date() };
  return to === 'queued' ? { host: null, slot: null } : { host: 'h', slot: ++slot };
}

test('random walks go exactly where the table allows', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...states), { maxLength: 8 }), async (walk) => {
      const runId = unguessableId();
      await db.transaction((tx) => insertRun(tx, runId, aRequest('local', 'true')));
      let at: RunState = 'queued';
      for (const to of walk) {
        const row = await db.transaction((tx) => updateState(tx, runId, to, fields(to)));
        const allowed = (runTransitions[at] as readonly RunState[]).includes(to);
        expect(row?.state ?? null, `${at} to ${to}`).toBe(allowed ? to : null);
        if (allowed) at = to;
      }
    }),
    { numRuns: 60 },
  );
});

test('every state but the last leads on, and the last is reached from everywhere', () => {
  for (const state of states) expect(runTransitions[state].length > 0).toBe(state !== 'ended');
  expect(sourcesOf('ended')).toEqual(states.filter((state) => state !== 'ended'));
  expect(sourcesOf('running')).toEqual(['starting']);
});

test('the database refuses an end without a reason', async () => {
  const runId = unguessableId();
  await db.transaction((tx) => insertRun(tx, runId, aRequest('local', 'true')));
  const wrong = db.transaction((tx) => updateState(tx, runId, 'ended', {}));
  await expect(wrong).rejects.toThrow('compute_run');
});

test('the database refuses two runs in one slot', async () => {
  const ids = [unguessableId(), unguessableId()];
  for (const runId of ids) await db.transaction((tx) => insertRun(tx, runId, aRequest('local', 'true')));
  const [one, other] = ids as [string, string];
  await db.transaction((tx) => updateState(tx, one, 'starting', { host: 'shared', slot: 0 }));
  const second = db.transaction((tx) => updateState(tx, other, 'starting', { host: 'shared', slot: 0 }));
  await expect(second).rejects.toThrow('compute_run_slot_idx');
});
