import { defineSchedule } from '../../core/schedule/index.ts';
import { listObservatories } from '../observatory/observatory.ts';
import { duePublications } from './publication.store.ts';
import { publishSoon } from './publish.task.ts';

/** What could not be published is tried again this often, and whenever the catalogue changes. */
const retrySeconds = 600;

/** Publishes what changed and no event told of: files, bad files, settings, a publication that failed. */
export const publishSchedule = defineSchedule({
  name: 'crds.publish-changes',
  everySeconds: 30,
  catchUp: 'skip',
  async run(core) {
    const wanted = (await listObservatories(core.db.sql))
      .map(({ observatory, version, settings }) => ({
        observatory,
        version,
        folder: settings.publish.folder,
      }))
      .filter(({ folder }) => folder !== '');
    if (wanted.length === 0) return;
    const due = await duePublications(core.db.sql, wanted, retrySeconds);
    await core.db.transaction(async (tx) => {
      for (const observatory of due) await publishSoon(core, tx, observatory);
    });
  },
});
