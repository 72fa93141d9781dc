import type { Core } from '../../core/core.ts';
import { ensureRangePartitions } from '../../core/db/index.ts';
import { defineSchedule } from '../../core/schedule/index.ts';

/** Tables cut by job id. A job's rows never move between them; the archive takes the job itself when it is final. */
const jobIdTables = ['panda.job_spec', 'panda.file', 'panda.job_text', 'panda.job_archive'] as const;

const rule = { width: 10_000_000, ahead: 2 };

async function ensureJobPartitions({ db }: Core): Promise<void> {
  const [row] = await db.sql<{ highest: number }[]>`select last_value as highest from panda.job_id_seq`;
  for (const table of jobIdTables) await ensureRangePartitions(db, table, row?.highest ?? 1, rule);
}

/** Ten million ids each, two empty ones ahead: at two million jobs a day the next is there days before it is needed. */
export const partitionsSchedule = defineSchedule({
  name: 'panda.partitions',
  everySeconds: 600,
  catchUp: 'once',
  run: (core) => ensureJobPartitions(core),
});
