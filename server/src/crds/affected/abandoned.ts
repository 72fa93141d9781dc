import type { Core } from '../../core/core.ts';
import { partTask } from './part.task.ts';
import { planTask } from './plan.task.ts';
import { endRun } from './run.store.ts';

const tasksAtOnce = 200;

/**
 * Ends runs of which a task is dead, for example since every process that ran it died: nobody would go on with them.
 * A task that ends itself says so in its run; this is for those that could not.
 */
export async function endAbandonedRuns(core: Core): Promise<void> {
  for (const { name } of [planTask, partTask]) {
    for (const task of await core.queue.list({ kind: name, state: 'dead', limit: tasksAtOnce })) {
      const { runId } = task.payload as { runId: number };
      await endRun(
        core.db.sql,
        runId,
        'failed',
        `A task of it could not be run: ${task.lastError ?? 'it was lost'}.`,
      );
    }
  }
}
