import { defineSchedule } from '../../core/schedule/index.ts';
import { foldDecisions } from '../retry/decisions.store.ts';
import { foldOutcomes, foldTally } from './tally.store.ts';

/** Folds what was appended into the counters; between two runs readers add the changes themselves. */
export const foldTallySchedule = defineSchedule({
  name: 'panda.fold-tally',
  everySeconds: 2,
  catchUp: 'skip',
  async run({ db }) {
    await db.transaction(async (tx) => {
      await foldTally(tx);
      await foldOutcomes(tx);
      await foldDecisions(tx);
    });
  },
});
