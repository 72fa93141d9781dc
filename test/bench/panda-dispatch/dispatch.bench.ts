import type { Db } from '../../../server/src/core/db/index.ts';
import { claimJobs, type Taker } from '../../../server/src/panda/dispatch/claim.store.ts';
import { anInstallation, processorSeconds } from '../installation.ts';
import { runLoad } from '../load/child.ts';
import type { HuntResult, HuntSettings } from '../load/pilot-hunt.ts';
import { type BenchOptions, percentile, type Report } from '../report.ts';
import { proveSent, seedActivated } from './jobs.ts';

/** Pilots that never rest; more of them wait for one another and take no more jobs. */
const clients = 40;
const queues = 200;
const leaves = ['Test', 'User Analysis', 'Production'];

/**
 * Pilots that ask for jobs, a million of which wait in 200 queues: gzip, a token, a new connection each, events,
 * history, counters and shares on, and one idle transaction open all the while. Beside it in the same run the bare
 * statements. Proves that every job was given to one pilot.
 */
export async function bench(report: Report, { quick }: BenchOptions): Promise<void> {
  const jobs = quick ? 100_000 : 1_000_000;
  const total = quick ? 5000 : 40_000;
  const warm = 1000;
  const place = await anInstallation('orrery');
  try {
    const server = await place.start('--with', 'panda', '--port', '0');
    const port = Number(new URL(server.address).port);
    const pid = server.child.pid as number;
    const token = await place.userToken('pilots', 'panda.pilot');
    const db = await place.connect(11);
    await seedActivated(db, jobs, queues, Math.ceil((4 * total) / queues));
    const idle = await db.sql.reserve();
    await idle`begin`;
    await idle`select from panda.job limit 1`;
    const first = await hunt({ port, token, queues, total: warm, clients });
    const used = await processorSeconds(pid);
    const result = await hunt({ port, token, queues, total, clients });
    const microseconds = ((await processorSeconds(pid)) - used) / total / 1e-6;
    await proveSent(db, [...first.jobIds, ...result.jobIds]);
    const name = `getJob through HTTP, ${jobs.toLocaleString('en')} jobs wait in ${queues} queues`;
    report({ name, value: total / result.seconds, unit: '/s', limit: '≥ 2,000' });
    report({ name: `  p50 of ${clients} clients`, value: percentile(result.latencies, 0.5), unit: 'ms' });
    report({ name: '  p99', value: percentile(result.latencies, 0.99), unit: 'ms', limit: '< 50' });
    report({ name: '  last quarter, as a share of the first', value: flatness(result), unit: '' });
    report({ name: '  processor time of the server process, each', value: microseconds, unit: 'µs' });
    await reportStatements(report, db, quick ? 2 : 6);
    await idle`rollback`;
    idle.release();
  } finally {
    await place.remove();
  }
}

async function hunt(settings: HuntSettings): Promise<HuntResult> {
  const result = await runLoad<HuntResult>('pilot-hunt.ts', settings);
  if (result.failure !== null) throw new Error(`${result.failures} got no job: ${result.failure}`);
  return result;
}

/** Rate at the end by the rate at the beginning; the last second is not a whole one. */
function flatness({ perSecond }: HuntResult): number {
  const whole = perSecond.slice(0, -1);
  const quarter = Math.max(1, Math.floor(whole.length / 4));
  const sum = (some: readonly number[]): number => some.reduce((total, n) => total + n, 0);
  return sum(whole.slice(-quarter)) / sum(whole.slice(0, quarter));
}

/** The statement as the server sends it, and a job in each transaction as it would be without batches. */
async function reportStatements(report: Report, db: Db, seconds: number): Promise<void> {
  const batched = await repeat(2, seconds, async (n) => (await claimSome(db, n, 50)).length);
  report({
    name: 'beside it: the statement alone, 50 pilots at once, 2 connections',
    value: batched,
    unit: '/s',
  });
  const single = await repeat(10, seconds, async (n) => {
    const rows = await db.sql`
      update panda.job set status = 'sent', sent_count = sent_count + 1, status_why = 'bench', changed_by = 'bench',
        status_since = clock_timestamp(), modified_at = clock_timestamp()
      where job_id = (
        select job_id from panda.job
        where status = 'activated' and queue = ${`BENCH_${n % queues}`} and share = 'User Analysis'
        order by priority desc, job_id limit 1 for update skip locked)
      returning job_id`;
    return rows.length;
  });
  report({
    name: 'beside it: UPDATE of one job in each transaction, 10 connections',
    value: single,
    unit: '/s',
  });
}

/** Jobs per second of `work`, called by so many at once. */
async function repeat(
  atOnce: number,
  seconds: number,
  work: (n: number) => Promise<number>,
): Promise<number> {
  const started = performance.now();
  let calls = 0;
  let done = 0;
  const again = async (): Promise<void> => {
    while (performance.now() - started < seconds * 1000) done += await work(calls++);
  };
  await Promise.all(Array.from({ length: atOnce }, again));
  return done / ((performance.now() - started) / 1000);
}

function claimSome(db: Db, n: number, pilots: number) {
  const taker: Taker = {
    ...{ background: false, node: 'worker1.example.org', computingElement: 'CE', schedulerId: null },
    ...{ why: 'a pilot took it', by: 'bench' },
  };
  const wanted = Array.from({ length: pilots }, (_, place) => ({
    ...{
      labels: ['user', 'managed'],
      processingType: null,
      memoryMb: 24_103,
      diskMb: 10_000,
      walltimeSeconds: 0,
    },
    ...{
      resourceType: null,
      owner: null,
      ownerAccountId: null,
      taskId: null,
      background: false,
      memoryPerCoreMb: 0,
      mostCores: 0,
      vos: ['local'],
    },
    ...{ queue: `BENCH_${(n * pilots + place) % queues}`, oldestFirst: false, hopeless: [], places: [place] },
  }));
  return claimJobs(db.sql, wanted, Array(pilots).fill(taker), leaves);
}
