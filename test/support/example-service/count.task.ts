import { setTimeout as sleep } from 'node:timers/promises';
import Type from 'typebox';
import type { Core } from '../../../server/src/core/core.ts';
import type { Tx } from '../../../server/src/core/db/index.ts';
import { defineTask } from '../../../server/src/core/queue/index.ts';
import { insertEffects } from './tickets.store.ts';

/** Counts tickets, up to fifty in one run: `hold` makes each of them count once, however often it is run. */
export const countTask = defineTask({
  name: 'example.count',
  payload: Type.Object({ ticketId: Type.Integer() }),
  batch: 50,
  concurrency: 4,
  run: ({ core, items, hold }) =>
    count(
      core,
      hold,
      items.map(({ payload, fence }) => ({ ticketId: payload.ticketId, fence })),
    ),
});

/** The same after some seconds of work, so that processes can be stopped in the middle of it. */
export const lingerTask = defineTask({
  name: 'example.linger',
  payload: Type.Object({ ticketId: Type.Integer(), seconds: Type.Number({ minimum: 0, maximum: 60 }) }),
  concurrency: 20,
  async run({ core, payload, fence, hold, signal }) {
    await sleep(payload.seconds * 1000, undefined, { signal });
    await count(core, hold, [{ ticketId: payload.ticketId, fence }]);
  },
});

/**
 * An effect and the end of its task are two commits. Between them the process may die, and the task is run again:
 * the second run finds the effect of the first.
 */
function count(
  core: Core,
  hold: (tx: Tx) => Promise<void>,
  tickets: ReadonlyArray<{ ticketId: number; fence: number }>,
): Promise<void> {
  return core.db.transaction(async (tx) => {
    await hold(tx);
    await insertEffects(tx, tickets, core.processId);
  });
}
