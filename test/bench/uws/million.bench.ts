import type { Db, Sql } from '../../../server/src/core/db/index.ts';
import { deleteJob, findJobs, listDestructionDue } from '../../../server/src/uws/jobs/jobs.store.ts';
import {
  countAbout,
  countByPhase,
  type JobFilter,
  listJobs,
} from '../../../server/src/uws/jobs/list.store.ts';
import { adminToken, anInstallation } from '../installation.ts';
import { type BenchOptions, percentile, type Report } from '../report.ts';
import { helloDefinition } from './jobs.ts';
import { plansOf } from './plans.ts';
import { headOf, runRequests } from './requests.ts';

const owners = 200;
/** Of every hundred jobs so many are those of the user who asks. */
const ownPercent = 2;

/**
 * What a table of a million jobs does to first pages and to DELETE, one request at a time; and the plan of each
 * hot statement, none of which may read the whole table; only the search in run ids looks at all of these.
 */
export async function bench(report: Report, { quick }: BenchOptions): Promise<void> {
  const jobs = quick ? 100_000 : 1_000_000;
  const times = quick ? 20 : 100;
  const place = await anInstallation('orrery');
  try {
    const server = await place.start('--with', 'uws');
    const token = await place.userToken('bench');
    const db = await place.connect(2);
    const started = performance.now();
    await fill(db, jobs);
    report({
      name: `${jobs.toLocaleString('en')} jobs made for it`,
      value: (performance.now() - started) / 1000,
      unit: 's',
    });
    await lookAtPlans(report, db);
    const port = Number(new URL(server.address).port);
    const measure = async (
      name: string,
      line: string,
      who: string,
      more: { fill?: string[]; status?: number; limit?: null } = {},
    ): Promise<void> => {
      const total = more.limit === null ? times / 10 : times;
      const asked = { port, head: headOf(line, who), status: 200, connections: 1, ...more };
      const limit = more.limit === null ? {} : { limit: '< 50' };
      if (!('fill' in asked)) await runRequests({ ...asked, total: 3 });
      const { latencies } = await runRequests({ ...asked, total });
      report({ name: `${name}, p50`, value: percentile(latencies, 0.5), unit: 'ms', ...limit });
      report({ name: '  p99', value: percentile(latencies, 0.99), unit: 'ms' });
    };
    const page = 'GET /api/uws/jobs';
    await measure('first page of one’s own jobs', page, token);
    await measure('  of them those in ERROR', `${page}?phase=ERROR`, token);
    await measure('first page of all jobs, for an operator', page, adminToken);
    await measure('  of one owner', `${page}?owner=user-7`, adminToken);
    await measure('  of one definition and phase', `${page}?definition=hello&phase=ABORTED`, adminToken);
    await measure('  with a run id that one job has', `${page}?runId=needle`, adminToken, { limit: null });
    await measure('counts by phase of all jobs', `${page}/facets`, adminToken, { limit: null });
    await measure('UWS list, LAST=100', 'GET /rest/hello?LAST=100', token);
    await measure('UWS list, PHASE=EXECUTING', 'GET /rest/hello?PHASE=EXECUTING', token);
    const ids = await db.sql<{ jobId: string }[]>`
      select job_id from uws.job where owner_id = 'bench' and phase = 'COMPLETED' order by md5(job_id) limit ${times * 2}`;
    const some = ids.map(({ jobId }) => jobId);
    const [read, deleted] = [some.slice(0, times), some.slice(times)];
    await measure('a job', 'GET /rest/hello/#', token, { fill: read });
    await measure('DELETE of a job with its results', 'DELETE /rest/hello/#', token, {
      fill: deleted,
      status: 303,
    });
    const [left] = await db.sql<[{ count: number }]>`
      select count(*)::int as count from uws.job where job_id = any(${deleted})`;
    if (left.count !== 0) throw new Error(`${left.count} of ${times} jobs were not deleted`);
  } finally {
    await place.remove();
  }
}

/** Jobs of `hello` over a year, by two hundred owners, most of them COMPLETED, with history and results. */
async function fill(db: Db, jobs: number): Promise<void> {
  const definition = await helloDefinition(db);
  const part = 20_000;
  const connection = await db.sql.reserve();
  await connection`set statement_timeout = 0`;
  // Without the checks of references, which hold by how the rows are made, and without counting each job.
  await connection`set session_replication_role = replica`;
  for (let from = 0; from < jobs; from += part) {
    await connection`
      with made as (
        insert into uws.job (job_id, definition_id, definition, run_id, owner_id, phase, phase_since, created_at,
          started_at, ended_at, execution_duration, destruction_at, parameters)
        select md5(n::text || 'bench'), ${definition}, 'hello', case when n = 7 then 'a needle' when n % 3 = 0 then 'run ' || n end,
          case when n % 100 < ${ownPercent} then 'bench' else 'user-' || n % ${owners} end, phase, at, at,
          case when phase <> 'PENDING' then at end, case when phase in ('COMPLETED', 'ERROR', 'ABORTED') then at + interval '1 minute' end,
          60, now() + interval '1 year', '[{"name": "NAME", "value": "Ada", "isDefault": false}]'
        from (
          select n, now() - n * interval '30 seconds' as at,
            case when n < 200 then 'EXECUTING' when n % 1000 = 0 then 'PENDING' when n % 37 = 0 then 'ERROR'
              when n % 499 = 0 then 'ABORTED' else 'COMPLETED' end as phase
          from generate_series(${from}::int, ${from + part - 1}::int) as n) as job
        returning job_id, phase, created_at),
      history as (
        insert into uws.job_phase (job_id, ordinal, phase, at, why)
        select job_id, ordinal, case ordinal when 1 then 'PENDING' else phase end, created_at, 'Made by bench.'
        from made, generate_series(1, 2) as ordinal)
      insert into uws.result (job_id, name, ordinal, file_name, media_type, size_bytes, hash)
      select job_id, name, 1, name || '.txt', 'text/plain', 1, md5(job_id) || md5(name)
      from made, unnest(array['stdout', 'greeting']) as name where phase = 'COMPLETED'`;
  }
  await connection`set session_replication_role = origin`;
  await connection`
    insert into uws.owner_usage (owner_id, jobs, input_bytes) select owner_id, count(*), 0 from uws.job group by 1
    on conflict (owner_id) do update set jobs = excluded.jobs`;
  await connection`vacuum (analyze) uws.job`;
  await connection`vacuum (analyze) uws.job_phase`;
  await connection`vacuum (analyze) uws.result`;
  connection.release();
}

async function lookAtPlans(report: Report, db: Db): Promise<void> {
  const own: JobFilter = { whose: { ownerId: 'bench' } };
  const any: JobFilter = { whose: 'any' };
  const [some] = await db.sql<{ jobId: string; createdAt: Date }[]>`
    select job_id, created_at from uws.job where owner_id = 'bench' order by created_at limit 1 offset 1000`;
  if (some === undefined) throw new Error('there is no job of bench');
  const statements: Array<[string, (sql: Sql) => Promise<unknown>]> = [
    ['a job by its id', (sql) => findJobs(sql, [some.jobId])],
    ['own jobs, first page', (sql) => listJobs(sql, own, 101)],
    ['  a page in the middle', (sql) => listJobs(sql, own, 101, { direction: 'older', place: some })],
    ['  in ERROR', (sql) => listJobs(sql, { ...own, phases: ['ERROR'] }, 101)],
    ['  EXECUTING', (sql) => listJobs(sql, { ...own, phases: ['EXECUTING'] }, 101)],
    ['all jobs, first page', (sql) => listJobs(sql, any, 101)],
    ['  ABORTED', (sql) => listJobs(sql, { ...any, phases: ['ABORTED'] }, 101)],
    ['  with a run id', (sql) => listJobs(sql, { ...any, runId: 'needle' }, 101)],
    ['estimate of all jobs', (sql) => countAbout(sql, any)],
    ['counts by phase, own', (sql) => countByPhase(sql, own)],
    ['counts by phase, all', (sql) => countByPhase(sql, any)],
    ['what is due for destruction', (sql) => listDestructionDue(sql, new Date(), 100, null)],
    ['DELETE', (sql) => deleteJob(sql as Parameters<typeof deleteJob>[0], some.jobId)],
  ];
  for (const [name, ask] of statements) {
    for (const plan of await plansOf(db.sql, ask)) {
      // Part of a text is in no order: every run id has to be looked at, the newest first.
      if (name !== '  with a run id' && /Seq Scan on (job|job_phase|result)\b/.test(plan.text))
        throw new Error(`${name} reads the whole table:\n${plan.text}`);
      report({ name: `plan: ${name}`, value: plan.milliseconds, unit: 'ms' });
      report({ name: '  pages looked at', value: plan.pages, unit: 'pages' });
    }
  }
}
