import type { Db } from '../../../server/src/core/db/index.ts';
import { insertJobs } from '../../../server/src/uws/jobs/jobs.store.ts';

/** Number of the newest version of `hello`, which every server has. */
export async function helloDefinition(db: Db): Promise<number> {
  const [row] = await db.sql<{ definitionId: number }[]>`
    select definition_id from uws.definition where name = 'hello' order by version desc limit 1`;
  if (row === undefined) throw new Error('there is no definition hello');
  return row.definitionId;
}

/** PENDING jobs of `hello` with these ids, a second apart, the first one the newest. */
export async function insertPending(db: Db, ownerId: string, jobIds: readonly string[]): Promise<void> {
  const definitionId = await helloDefinition(db);
  const now = Date.now();
  const jobs = jobIds.map((jobId, n) => ({
    jobId,
    definitionId,
    definition: 'hello',
    runId: `run ${n}`,
    ownerId,
    createdAt: new Date(now - n * 1000),
    executionDuration: 60,
    destructionAt: new Date(now + 86_400_000),
    parameters: [
      { name: 'NAME', value: 'Ada', isDefault: false },
      { name: 'SECONDS_TO_WAIT', value: '0', isDefault: true },
    ],
    why: 'Created by bench.',
  }));
  for (let at = 0; at < jobs.length; at += 1000) await insertJobs(db.sql, jobs.slice(at, at + 1000));
}
