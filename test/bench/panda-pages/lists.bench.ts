import type { Db, Sql } from '../../../server/src/core/db/index.ts';
import { countByCounters, countByJobs } from '../../../server/src/panda/api/errors.store.ts';
import { countFacets } from '../../../server/src/panda/api/facets.store.ts';
import { countMinutes } from '../../../server/src/panda/api/flow.store.ts';
import type { Fragment, JobFilter } from '../../../server/src/panda/api/job-filter.ts';
import { pageOfJobs } from '../../../server/src/panda/api/job-list.ts';
import { listLives } from '../../../server/src/panda/api/queue.store.ts';
import { adminToken, anInstallation, processorSeconds } from '../installation.ts';
import { type BenchOptions, percentile, type Report } from '../report.ts';
import { plansOf } from '../uws/plans.ts';
import { headOf, runRequests } from '../uws/requests.ts';

const queues = 200;
const owners = 500;

/**
 * First pages of the lists of jobs with a million finished jobs and a tenth of that live ones, one request at a time,
 * and what their statements look at.
 */
export async function bench(report: Report, { quick }: BenchOptions): Promise<void> {
  const jobs = quick ? 100_000 : 1_000_000;
  const times = quick ? 20 : 50;
  const place = await anInstallation('orrery');
  try {
    const server = await place.start('--with', 'panda', '--port', '0');
    const token = await place.userToken('bench');
    const db = await place.connect(2);
    await fill(db, jobs);
    await lookAtPlans(report, await place.connect(1));
    const port = Number(new URL(server.address).port);
    const measure = async (name: string, query: string, who: string, limit = '< 50'): Promise<void> => {
      const head = headOf(`GET /api/panda/${query}`, who);
      const asked = { port, head, status: 200, connections: 1 };
      await runRequests({ ...asked, total: 3 });
      const { latencies } = await runRequests({ ...asked, total: times });
      report({ name: `${name}, p50`, value: percentile(latencies, 0.5), unit: 'ms', limit });
      report({ name: '  p99', value: percentile(latencies, 0.99), unit: 'ms' });
    };
    await measure('first page of all jobs', 'jobs', adminToken);
    await measure('  failed', 'jobs?status=failed', adminToken);
    await measure('  running and failed', 'jobs?status=running&status=failed', adminToken);
    await measure('  of a queue', 'jobs?queue=QUEUE-7', adminToken);
    await measure('  of a queue, failed', 'jobs?queue=QUEUE-7&status=failed', adminToken);
    await measure('  of a user', 'jobs?owner=user-7', adminToken);
    await measure('  of a task', 'jobs?task=10000007', adminToken);
    await measure('  with an error that few have', 'jobs?errorSource=pilot&errorCode=1212', adminToken);
    await measure('  of a node', 'jobs?node=node-7', adminToken);
    await measure('  with a name that one has', 'jobs?text=needle', adminToken, '< 300');
    await measure('  of a label that no job has', 'jobs?label=nobody', adminToken, '< 400');
    await measure('first page of one’s own jobs', 'jobs', token);
    await measure('  running', 'jobs?status=running', token);
    await measure('counts by state of all jobs', 'jobs/facets', adminToken);
    await measure('counts by state of one’s own jobs', 'jobs/facets', token, '< 300');
    await measure('errors by code', 'errors', adminToken);
    await measure('errors by owner', 'errors?by=owner', adminToken, '< 300');
    await measure('throughput', 'throughput', adminToken);
    await measure('queues', 'queues', adminToken);
    await measure('shares', 'shares', adminToken);
    await measure('a job', `jobs/${Math.floor(jobs / 2)}`, adminToken);
  } finally {
    await place.remove();
  }
}

/** Finished jobs over two days, a tenth of them failed, and live ones; made without events and history of each. */
async function fill(db: Db, jobs: number): Promise<void> {
  const part = 50_000;
  const all = jobs + jobs / 10;
  const connection = await db.sql.reserve();
  await connection`set statement_timeout = 0`;
  const [owner] = await connection<
    { accountId: number }[]
  >`select account_id from core.account where name = 'bench'`;
  await connection`set session_replication_role = replica`;
  const columns = connection`job_id, status, status_since, name, queue, label, share, owner, owner_account_id, vo,
    task_id, node, priority, resource_type, created_at, modified_at, started_at, ended_at, error_source, error_code, errors`;
  const rows = (from: number, to: number, status: Fragment) => connection`
    select n as job_id, status, at + interval '1 hour' as status_since,
      case when n = 4711 then 'needle' else 'user.run.' || n end as name, 'QUEUE-' || n % ${queues}::int as queue,
      case when n % 3 = 0 then 'user' else 'managed' end as label,
      case when n % 3 = 0 then 'User Analysis' else 'Production' end as share,
      case when n % 100 = 1 then 'bench' else 'user-' || n % ${owners}::int end as owner,
      case when n % 100 = 1 then ${owner?.accountId ?? 0}::bigint end as owner_account_id, 'local' as vo,
      10000000 + n / 100 as task_id, 'node-' || n % 5000 as node, 1000 as priority, 'SCORE' as resource_type,
      at as created_at, at + interval '1 hour' as modified_at, at as started_at, at + interval '1 hour' as ended_at,
      case when status = 'failed' then 'pilot' end as error_source,
      case when status = 'failed' then case when n % 5000 = 0 then 1212 else 1305 end end as error_code,
      case when status = 'failed' then '{"pilot": {"code": 1305, "diag": "it said no"}}'::jsonb end as errors
    from (select n, now() - (${jobs} - n) * (interval '2 days' / ${jobs}) - interval '1 hour' as at, ${status} as status
          from generate_series(${from}::int, ${to}::int) as n) made`;
  for (let from = 1; from <= jobs; from += part) {
    const status = connection`case when n % 10 = 0 then 'failed' when n % 97 = 0 then 'cancelled' else 'finished' end`;
    await connection`
      insert into panda.job_archive (${columns}, archived_at)
      select made.*, modified_at from (${rows(from, from + part - 1, status)}) made`;
  }
  const live = connection`case when n % 4 = 0 then 'running' when n % 50 = 1 then 'holding' else 'activated' end`;
  await connection`insert into panda.job (${columns}) ${rows(jobs + 1, all, live)}`;
  await connection`select setval('panda.job_id_seq', ${all})`;
  await connection`
    insert into panda.job_spec (job_id, parameters, transformation)
    select job_id, 'one two', '/trf/user/run' from panda.job_archive`;
  await connection`
    insert into panda.outcome (hour, queue, share, label, resource_type, status, error_source, error_code, jobs, core_seconds)
    select date_trunc('hour', archived_at, 'UTC'), queue, share, label, resource_type, status,
      coalesce(error_source, ''), coalesce(error_code, 0), count(*), 0
    from panda.job_archive group by 1, 2, 3, 4, 5, 6, 7, 8`;
  await connection`
    insert into panda.tally (queue, share, label, resource_type, status, jobs, cores, hs06)
    select queue, share, label, resource_type, status, count(*), count(*), count(*)
    from panda.job group by 1, 2, 3, 4, 5`;
  await connection`
    insert into panda.job_history (at, job_id, attempt, status, queue, why, changed_by)
    select archived_at, job_id, 1, status, queue, '', 'bench' from panda.job_archive
    where archived_at > now() - interval '3 hours' order by archived_at`;
  await connection`set session_replication_role = origin`;
  for (const table of ['job', 'job_archive', 'job_spec', 'outcome', 'tally', 'job_history'])
    await connection`vacuum (analyze) ${connection(`panda.${table}`)}`;
  connection.release();
}

/** More than this many pages of 8 KiB are not looked at for a first page. */
const mostPages = 30_000;

/** Each statement's pages, and the processor time that a page takes of the database: what else runs changes neither. */
async function lookAtPlans(report: Report, db: Db): Promise<void> {
  const sight = 'all' as const;
  const filters: Array<[string, JobFilter]> = [
    ['all', { sight }],
    ['failed', { sight, statuses: ['failed'] }],
    ['queue', { sight, queue: 'QUEUE-7' }],
    ['owner', { sight, owners: { names: ['user-7'], accountIds: [], pattern: null } }],
    ['task', { sight, taskId: 10_000_007 }],
    ['error', { sight, errorSource: 'pilot', errorCode: 1212 }],
    ['node', { sight, node: 'node-7' }],
    ['changed in the last hour', { sight, modifiedAfter: new Date(Date.now() - 3_600_000) }],
    ['made a day ago', { sight, createdBefore: new Date(Date.now() - 86_400_000) }],
  ];
  const since = new Date(Date.now() - 86_400_000);
  for (const [name, filter] of filters) {
    const asks: Array<[string, (sql: Sql) => Promise<unknown>]> = [
      [`page, ${name}`, (sql) => pageOfJobs(sql, filter, 100)],
      [`facets, ${name}`, (sql) => countFacets(sql, filter)],
    ];
    for (const [what, ask] of asks) await lookAtPlan(report, db, what, ask);
  }
  await lookAtPlan(report, db, 'errors by code', (sql) => countByCounters(sql, 'code', { since }));
  await lookAtPlan(report, db, 'errors by owner', (sql) => countByJobs(sql, 'owner', { since }, sight));
  await lookAtPlan(report, db, 'queues', (sql) => listLives(sql));
  await lookAtPlan(report, db, 'throughput', (sql) =>
    countMinutes(sql, new Date(Date.now() - 3_600_000), 60, null),
  );
}

async function lookAtPlan(
  report: Report,
  db: Db,
  what: string,
  ask: (sql: Sql) => Promise<unknown>,
): Promise<void> {
  const plans = await plansOf(db.sql, ask);
  const pages = plans.reduce((sum, plan) => sum + plan.pages, 0);
  if (pages > mostPages)
    throw new Error(`${what} looks at ${pages} pages:\n${plans.map(({ text }) => text).join('\n')}`);
  const [backend] = await db.sql<[{ pid: number }]>`select pg_backend_pid() as pid`;
  await ask(db.sql);
  const before = await processorSeconds(backend.pid);
  const times = 20;
  for (let n = 0; n < times; n++) await ask(db.sql);
  const used = (await processorSeconds(backend.pid)) - before;
  report({
    name: `${what}: processor time of the database`,
    value: (used / times) * 1000,
    unit: 'ms',
    limit: '< 50',
  });
  report({ name: '  pages looked at by its statements', value: pages, unit: 'pages' });
}
