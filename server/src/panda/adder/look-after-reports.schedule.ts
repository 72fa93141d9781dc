import type { Core } from '../../core/core.ts';
import { defineSchedule } from '../../core/schedule/index.ts';
import { listForgotten } from './adder.store.ts';
import { addOutputTask } from './adder.task.ts';

const batchReports = 1000;
/** A report may wait so long for its task before somebody looks whether there still is one. */
const graceSeconds = 600;

/**
 * Reports for which nobody works any more, because their task died: it is added again (the daemon's add_main). A task that
 * still waits is not doubled.
 */
export const lookAfterReportsSchedule = defineSchedule({
  name: 'panda.add-main',
  everySeconds: 240,
  catchUp: 'once',
  run: (core) => lookAfterReports(core),
});

/** Returns how many reports had waited for long. */
export async function lookAfterReports(core: Core): Promise<number> {
  let after = 0;
  let all = 0;
  for (;;) {
    const reports = await listForgotten(core.db.sql, graceSeconds, after, batchReports);
    await core.db.transaction((tx) =>
      core.queue.addMany(
        tx,
        addOutputTask,
        reports.map((payload) => ({
          payload,
          key: String(payload.jobId),
          dedupe: `again ${payload.jobId}`,
        })),
      ),
    );
    all += reports.length;
    after = reports.at(-1)?.jobId ?? 0;
    if (reports.length < batchReports) return all;
  }
}
