import type { Db } from '../../../server/src/core/db/index.ts';
import { unguessableId } from '../../../server/src/core/ids.ts';
import { insertJobs, type NewJob } from '../../../server/src/uws/jobs/jobs.store.ts';
import { anInstallation, type Installation } from '../installation.ts';
import { startChild } from '../load/child.ts';
import type { HelloSettings } from '../load/hello-server.ts';
import { runPgbench } from '../load/pgbench.ts';
import type { BenchOptions, Report } from '../report.ts';
import { connections, headOf, perSecond, reportRequests, runOn, runRequests } from './requests.ts';

/** Connections of one server process to the database: what it is compared with has as many. */
const poolSize = 10;

/**
 * Creating and reading jobs through HTTP with a token; beside it, in the same run, the bare INSERT of the same rows
 * and Fastify with nothing around it. Proves that each answer is a job of its own.
 */
export async function bench(report: Report, { quick }: BenchOptions): Promise<void> {
  const total = quick ? 2000 : 20_000;
  const seconds = quick ? 2 : 8;
  const place = await anInstallation('orrery');
  try {
    const server = await place.start('--with', 'uws');
    const port = Number(new URL(server.address).port);
    const pid = server.child.pid as number;
    const token = await place.userToken('bench');
    const db = await place.connect(poolSize);
    const create = {
      port,
      head: headOf('POST /rest/hello', token, 'Content-Type: application/x-www-form-urlencoded'),
      body: 'NAME=Ada&SECONDS_TO_WAIT=1&RUNID=bench',
      status: 303,
      keep: '[Ll]ocation: \\S+/([a-z0-9]+)',
    };
    await runRequests({ ...create, total: 1000 }); // warm
    const created = await runOn(pid, { ...create, total });
    const ids = new Set(created.kept);
    if (ids.size !== total) throw new Error(`${total} answers named ${ids.size} jobs`);
    await proveRows(db, created.kept);
    reportRequests(report, 'create: POST of a PENDING job, with its history and event', created, '≥ 1,150');
    const raw = await reportInserts(report, place, db, created.kept[0] as string, seconds);
    report({
      name: 'create, as a share of the faster bare INSERT',
      value: perSecond(created) / raw,
      unit: '',
      limit: '≥ 0.4',
    });
    await measureGet(report, { port, pid, token, ids: created.kept, total });
  } finally {
    await place.remove();
  }
}

/** Each answer is a row with one entry of history and one event. */
async function proveRows(db: Db, jobIds: readonly string[]): Promise<void> {
  const [row] = await db.sql<[{ jobs: number; phases: number }]>`
    select count(distinct job_id)::int as jobs, count(*)::int as phases
    from uws.job join uws.job_phase using (job_id) where job_id = any(${[...jobIds]})`;
  if (row.jobs !== jobIds.length || row.phases !== jobIds.length)
    throw new Error(`${jobIds.length} answers, ${row.jobs} jobs with ${row.phases} entries of history`);
}

/** The same rows, one job in each transaction, by PostgreSQL's own tool and by the driver. */
async function reportInserts(
  report: Report,
  place: Installation,
  db: Db,
  jobId: string,
  seconds: number,
): Promise<number> {
  const [job] = await db.sql<NewJob[]>`
    select job_id, definition_id, definition, run_id, owner_id, created_at, execution_duration, destruction_at,
      parameters, 'Created by bench.' as why from uws.job where job_id = ${jobId}`;
  if (job === undefined) throw new Error(`no job ${jobId}`);
  const byDriver = await insertByDriver(db, job, seconds);
  report({
    name: `beside it: INSERT of the same rows by the driver, ${poolSize} connections`,
    value: byDriver,
    unit: '/s',
  });
  const byTool = await runPgbench({
    ...(await place.connection()),
    folder: place.folder,
    script: insertScript(job),
    connections: poolSize,
    seconds,
  });
  if (byTool === undefined) console.log('  pgbench is not installed');
  else report({ name: `beside it: the same by pgbench, ${poolSize} connections`, value: byTool, unit: '/s' });
  return Math.max(byDriver, byTool ?? 0);
}

async function insertByDriver(db: Db, job: NewJob, seconds: number): Promise<number> {
  const started = performance.now();
  let made = 0;
  const again = async (): Promise<void> => {
    while (performance.now() - started < seconds * 1000) {
      await insertJobs(db.sql, [{ ...job, jobId: unguessableId() }]);
      made++;
    }
  };
  await Promise.all(Array.from({ length: poolSize }, again));
  return made / ((performance.now() - started) / 1000);
}

/** Plain INSERTs of what `insertJobs` writes for one job. */
function insertScript(job: NewJob): string {
  const text = (value: string | null): string =>
    value === null ? 'null' : `'${value.replaceAll("'", "''")}'`;
  // A colon before a word would be a variable of pgbench.
  const parameters = text(JSON.stringify(job.parameters).replaceAll(':', ': '));
  return `with made as (insert into uws.job (job_id, definition_id, definition, run_id, owner_id, phase, phase_since,
    created_at, execution_duration, destruction_at, parameters)
  values (gen_random_uuid()::text, ${job.definitionId}, ${text(job.definition)}, ${text(job.runId)}, ${text(job.ownerId)},
    'PENDING', now(), now(), ${job.executionDuration}, now() + interval '30 days', ${parameters}) returning job_id),
  history as (insert into uws.job_phase (job_id, ordinal, phase, at, why)
    select job_id, 1, 'PENDING', now(), ${text(job.why)} from made)
  select core.publish_event('uws.job', job_id, '{"definition": "hello", "phase": "PENDING", "ownerId": "bench"}') from made;
`.replaceAll(/\s*\n\s*/g, ' ');
}

async function measureGet(
  report: Report,
  {
    port,
    pid,
    token,
    ids,
    total,
  }: { port: number; pid: number; token: string; ids: string[]; total: number },
): Promise<void> {
  const fill = ids.slice(0, 2000);
  const get = { port, head: headOf('GET /rest/hello/#', token), fill, status: 200 };
  await runRequests({ ...get, total: 1000 });
  const got = await runOn(pid, { ...get, total, keep: '<uws:jobId>([a-z0-9]+)' });
  if (new Set(got.kept).size !== fill.length) throw new Error('an answer was the document of another job');
  reportRequests(report, 'get: the document of a job', got, '≥ 1,500');
  const hello = startChild<string>('hello-server.ts', {
    text: 'x'.repeat(Math.max(1, got.answerBytes - 300)),
  } satisfies HelloSettings);
  try {
    const bare = await runRequests({
      port: Number(new URL(await hello.next()).port),
      head: headOf('GET /text', token),
      total: total * 2,
      status: 200,
    });
    reportRequests(report, `beside it: Fastify with nothing around it, ${connections} clients`, bare);
    report({
      name: 'get, as a share of bare Fastify',
      value: perSecond(got) / perSecond(bare),
      unit: '',
      limit: '≥ 0.3',
    });
  } finally {
    hello.end();
  }
}
