import { existsSync, readFileSync } from 'node:fs';
import type { Db } from '../../../server/src/core/db/index.ts';
import type { Ledger } from '../ledger.ts';
import type { Pilots } from './pilots.ts';
import { queue } from './submission.ts';

/** What payloads wrote down themselves: `begin JOB ATTEMPT PID` and `end JOB ATTEMPT PID`. */
function readBook(file: string): { begins: Map<string, number>; ends: Map<string, number> } {
  const [begins, ends] = [new Map<string, number>(), new Map<string, number>()];
  for (const line of existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []) {
    const [what, job, attempt] = line.split(' ');
    const book = what === 'begin' ? begins : what === 'end' ? ends : null;
    if (book !== null) book.set(`${job} ${attempt}`, (book.get(`${job} ${attempt}`) ?? 0) + 1);
  }
  return { begins, ends };
}

/** Judges every job by its rows, by what its payload wrote down, and by the bytes that were stored. */
export async function judgeJobs(
  db: Db,
  jobIds: readonly number[],
  book: string,
  pilots: Pilots,
  ledger: Ledger,
): Promise<void> {
  console.log('\njobs');
  const { sql } = db;
  const live = await sql<{ jobId: number; status: string; statusWhy: string }[]>`
    select job_id, status, status_why from panda.job where queue = ${queue} order by job_id`;
  for (const { jobId, status, statusWhy } of live.slice(0, 10))
    ledger.note(`job ${jobId} is ${status}: ${statusWhy}`);
  const final = await sql<
    { jobId: number; status: string; attempt: number; errorSource: string | null; errorCode: number | null }[]
  >`
    select job_id, status, attempt, error_source, error_code from panda.job_archive where queue = ${queue}`;
  const known = new Set(final.map(({ jobId }) => jobId));
  const submitted = new Set(jobIds);
  ledger.demand('submitted', submitted.size, jobIds.length);
  ledger.demand(
    'lost: neither waiting nor final',
    jobIds.filter((id) => !known.has(id)).length - live.length,
    0,
  );
  ledger.demand('stuck: not final', live.length, 0);
  ledger.demand('that nobody submitted', final.filter(({ jobId }) => !submitted.has(jobId)).length, 0);
  const ends = Map.groupBy(final, ({ status, errorSource, errorCode }) =>
    status === 'finished' ? status : `${status} (${errorSource} ${errorCode})`,
  );
  for (const [end, jobs] of [...ends].toSorted()) ledger.fact(`  ${end}`, jobs.length);
  const again = final.filter(({ attempt }) => attempt > 1).length;
  ledger.fact('begun again', again);
  await judgeFinished(
    db,
    final.filter(({ status }) => status === 'finished'),
    book,
    ledger,
  );
  ledger.demand('folders that no pilot has finished with', pilots.left.length, 0);
}

async function judgeFinished(
  { sql }: Db,
  finished: readonly { jobId: number; attempt: number }[],
  book: string,
  ledger: Ledger,
): Promise<void> {
  const { begins, ends } = readBook(book);
  const twice = [...begins].filter(([, n]) => n > 1);
  for (const [attempt] of twice.slice(0, 5)) ledger.note(`attempt ${attempt} began more than once`);
  ledger.demand('attempts that were begun twice', twice.length, 0);
  const unheard = finished.filter(({ jobId, attempt }) => ends.get(`${jobId} ${attempt}`) !== 1);
  ledger.demand('finished, but the payload of that attempt did not end once', unheard.length, 0);
  const [row] = await sql<[{ n: number }]>`
    select count(*)::int as n from (select job_id from panda.job_history where queue = ${queue} and status = 'finished'
      group by job_id having count(*) > 1) twice`;
  ledger.demand('that went to finished twice', row.n, 0);
  const files = await sql<{ jobId: number; surl: string | null; type: string; status: string }[]>`
    select job_id, surl, type, status from panda.file where job_id = any(${finished.map(({ jobId }) => jobId)}::bigint[])`;
  const attempts = new Map(finished.map(({ jobId, attempt }) => [jobId, attempt]));
  let wrong = 0;
  for (const { jobId, surl, type, status } of files) {
    const file = surl === null ? '' : new URL(surl).pathname;
    const isThere = status === 'ready' && existsSync(file);
    const isRight =
      type !== 'output' || (isThere && readFileSync(file, 'utf8') === `${jobId} ${attempts.get(jobId)}\n`);
    if (isThere && isRight) continue;
    wrong++;
    if (wrong < 5)
      ledger.note(
        `job ${jobId}: its ${type} is ${status}, ${file} ${isThere ? 'has other words' : 'is missing'}`,
      );
  }
  ledger.demand('files of finished jobs', files.length, 2 * finished.length);
  ledger.demand('files that are missing or of another attempt', wrong, 0);
}

/** What the servers may not leave behind. */
export async function judgeLeftovers({ sql }: Db, ledger: Ledger): Promise<void> {
  console.log('\nwhat is left');
  const tasks = await sql<{ kind: string; state: string; n: number }[]>`
    select kind, state, count(*)::int as n from core.task where kind like 'panda.%' group by kind, state`;
  for (const { kind, state, n } of tasks) ledger.note(`${n} ${kind} are ${state}`);
  ledger.demand('tasks', tasks.length, 0);
  const [row] = await sql<[{ reports: number; beats: number; off: number }]>`
    select (select count(*) from panda.output_report)::int as reports, (select count(*) from panda.heartbeat)::int as beats,
      (select count(*) from panda.tally_now)::int as off`;
  ledger.demand('output reports', row.reports, 0);
  ledger.demand('heartbeats', row.beats, 0);
  ledger.demand('counters of live jobs', row.off, 0);
}
