import type { Core } from '../../core/core.ts';
import { attend } from '../../core/events/index.ts';
import { observatoriesOf } from '../observatory/observatory.ts';
import { perCore } from '../per-core.ts';
import { publishSoon } from './publish.task.ts';

/** Publishes a new context at once: every process hears of it, and the queue makes one task of all. */
export const startPublishing = perCore((core, onStop) => {
  const attention = attend(core, {
    topics: ['crds.context'],
    take: (events) => publishOf(core, new Set(events.map(({ key }) => key))),
    missed: 'the publication of contexts was not asked for; the schedule makes up for it',
  });
  onStop(() => attention.stop());
  return attention;
});

async function publishOf(core: Core, observatories: ReadonlySet<string>): Promise<void> {
  const all = await observatoriesOf(core);
  const wanted = all.filter(
    (one) => observatories.has(one.observatory) && one.settings.publish.folder !== '',
  );
  if (wanted.length === 0) return;
  await core.db.transaction(async (tx) => {
    for (const { observatory } of wanted) await publishSoon(core, tx, observatory);
  });
}
