import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { removeLeftovers } from '../../../server/src/core/compute/local/leftovers.ts';
import type { Db } from '../../../server/src/core/db/index.ts';
import { silentLog } from '../../../server/src/core/log.ts';
import type { Fleet } from '../fleet.ts';
import type { Ledger } from '../ledger.ts';
import { askUntilAnswered } from './ask.ts';
import { jobList } from './trials.ts';

/** What must be true of tasks, runs, files and processes once every job is over. */
export async function judgeLeftovers(
  fleet: Fleet,
  db: Db,
  folder: string,
  ledger: Ledger,
  jobIds: ReadonlySet<string>,
): Promise<void> {
  console.log('\nwhat is left');
  const count = async (name: string, query: Promise<{ n: number }[]>) =>
    ledger.demand(name, (await query)[0]?.n ?? -1, 0);
  const { sql } = db;
  const tasks = await sql<{ kind: string; state: string; n: number }[]>`
    select kind, state, count(*)::int as n from core.task where kind like 'uws.%' group by kind, state`;
  for (const { kind, state, n } of tasks) ledger.note(`${n} ${kind} are ${state}`);
  ledger.demand('tasks', tasks.length, 0);
  await count('runs', sql`select count(*)::int as n from core.compute_run`);
  await count(
    'jobs on their way to an end',
    sql`select count(*)::int as n from uws.job where ending is not null or compute_run_id is not null`,
  );
  await count(
    'results whose bytes nothing keeps',
    sql`select count(*)::int as n from uws.result where not exists (
      select from core.blob_reference as kept where kept.owner_kind = 'uws.job' and kept.owner_id = result.job_id
        and kept.sha256 = result.hash and kept.name = 'result/' || result.name)`,
  );
  await count(
    'references of jobs that are gone',
    sql`select count(*)::int as n from core.blob_reference where owner_kind = 'uws.job'
      and not exists (select from uws.job where job.job_id = blob_reference.owner_id)`,
  );
  await count(
    'references of jobs to what is no result and no input',
    sql`select count(*)::int as n from core.blob_reference where owner_kind = 'uws.job' and name like 'result/%'
      and not exists (select from uws.result where job_id = owner_id and 'result/' || result.name = blob_reference.name
        and hash = sha256)`,
  );
  await judgeBytes(fleet, db, ledger);
  await judgeFolders(db, path.join(folder, 'compute/runs'), ledger);
  ledger.demand('processes of jobs', processesOf(jobIds), 0);
}

/** Every result has the bytes that its hash says. */
async function judgeBytes(fleet: Fleet, db: Db, ledger: Ledger): Promise<void> {
  const rows = await db.sql<{ jobId: string; name: string; hash: string; sizeBytes: number }[]>`
    select job_id, name, hash, size_bytes from uws.result`;
  let wrong = 0;
  for (const { jobId, name, hash, sizeBytes } of rows) {
    const { body } = await askUntilAnswered(fleet, `${jobList}/${jobId}/results/${name}`);
    const isWhole = body.length === sizeBytes && createHash('sha256').update(body).digest('hex') === hash;
    if (!isWhole) wrong++;
  }
  ledger.fact('results read back', rows.length);
  ledger.demand('results with other bytes than were stored', wrong, 0);
}

/** A folder of an attempt that was given up is swept after an hour: its hour is made to be over. */
async function judgeFolders(db: Db, runsFolder: string, ledger: Ledger): Promise<void> {
  const before = readdirSync(runsFolder);
  for (const name of before) utimesSync(path.join(runsFolder, name), 0, 0);
  await removeLeftovers(db.sql, runsFolder, silentLog);
  ledger.fact('run folders left to the hourly sweep', before.length);
  ledger.demand('run folders after it', readdirSync(runsFolder).length, 0);
}

function processesOf(jobIds: ReadonlySet<string>): number {
  let found = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const job = /(?:^|\0)ORRERY_JOB=([^\0]*)/.exec(readFileSync(`/proc/${pid}/environ`, 'utf8'))?.[1];
      if (job !== undefined && jobIds.has(job)) found++;
    } catch {
      // Gone meanwhile, or somebody else's.
    }
  }
  return found;
}
