import type { Core } from '../../core/core.ts';
import { defineSchedule } from '../../core/schedule/index.ts';
import { listObservatories } from '../observatory/observatory.ts';
import { makeReport } from './make-report.ts';
import { storeReport } from './report.store.ts';

/** Once a night, when few work; a night that nobody ran is made up for in the morning. */
export const reportSchedule = defineSchedule({
  name: 'crds.report',
  cron: '5 3 * * *',
  catchUp: 'once',
  maxSeconds: 900,
  async run(core, { dueAt, signal }) {
    await reportAll(core, dueAt, signal);
  },
});

/** Makes and keeps the report of each observatory, and tells that it is there. */
export async function reportAll(core: Core, at: Date, signal?: AbortSignal): Promise<void> {
  const day = at.toISOString().slice(0, 10);
  for (const observatory of await listObservatories(core.db.sql)) {
    signal?.throwIfAborted();
    const name = observatory.observatory;
    const report = await makeReport(core, observatory, day);
    await core.db.transaction(async (tx) => {
      await storeReport(tx, name, day, report);
      await core.events.publish(tx, 'crds.report', name, { day, summary: report.summary });
    });
  }
}
