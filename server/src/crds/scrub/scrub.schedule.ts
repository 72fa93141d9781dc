import { settingsOf } from '../../core/config/index.ts';
import { defineSchedule } from '../../core/schedule/index.ts';
import { listObservatories } from '../observatory/observatory.ts';
import { crdsSettings } from '../settings.ts';
import { lookForOrphans } from './orphans.ts';
import { scrubSome } from './scrub.ts';

/** Shorter than the period: the next tick has its time whatever happens. */
const tickMs = 45_000;

/** Reads files all day, slowly: each tick a share for every observatory. */
export const scrubSchedule = defineSchedule({
  name: 'crds.scrub',
  everySeconds: 60,
  catchUp: 'skip',
  maxSeconds: 900,
  async run(core, { signal }) {
    const { megabytesPerSecond, filesPerMinute, roundHours, orphanHours } = settingsOf(
      core.config,
      'crds',
      crdsSettings,
    ).scrub;
    if (filesPerMinute === 0) return;
    const observatories = await listObservatories(core.db.sql);
    const share = Math.max(1, observatories.length);
    for (const { observatory, settings } of observatories) {
      const limits = {
        files: Math.ceil(filesPerMinute / share),
        // A tick takes 45 of 60 seconds, and each observatory a part of it.
        bytesPerSecond: (megabytesPerSecond * 1e6 * 60_000) / tickMs,
        untilMs: tickMs / share,
        roundHours,
      };
      await scrubSome(core, observatory, limits, signal);
      await lookForOrphans(core, observatory, settings.publish.folder, orphanHours, signal);
    }
  },
});
