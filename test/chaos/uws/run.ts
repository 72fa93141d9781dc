import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Db, isConnectionLoss } from '../../../server/src/core/db/index.ts';
import { orrery, programs, root } from '../../support/orrery.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { Fleet, persist } from '../fleet.ts';
import { Ledger } from '../ledger.ts';
import { FinalPhases, judgeHistory } from './history.ts';
import { judgeLeftovers } from './leftovers.ts';
import { Trials } from './trials.ts';
import { judgeTrials } from './verdict.ts';
import { Waiters } from './waiters.ts';
import { Witness } from './witness.ts';

/**
 * `npm run chaos -- uws [--minutes 10] [--kills 200]`: three server processes on one data folder; 200 jobs of all
 * kinds are started while 1,000 clients wait for them with WAIT, and every few seconds a random server or PostgreSQL
 * is killed with SIGKILL. Ends with status 1 when a job did not end in its true phase with its true results, ran
 * twice, left something behind, or when a client was told what was not so. A shorter run has fewer of each; with
 * CI=true it takes a minute.
 */
const { values } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: process.env.CI === 'true' ? '1' : '10' },
    kills: { type: 'string' },
    jobs: { type: 'string' },
    waits: { type: 'string' },
    servers: { type: 'string', default: '3' },
    keep: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
const seconds = minutes * 60;
const kills = Number(values.kills ?? Math.round(20 * minutes));
const jobs = Number(values.jobs ?? Math.min(200, Math.round(50 * minutes)));
const waits = Number(values.waits ?? 5 * jobs);
const patienceMs = 240_000;

const ledger = new Ledger();
const { folder, remove } = await scratchFolder('chaos');
const fleet = new Fleet(folder, ledger, Number(values.servers), {
  program: programs.orrery,
  args: [
    ...['--with', 'uws', '--set', 'compute.local.slots=16', '--set', 'uws.waitSeconds=30'],
    ...['--set', 'fetch.allowPrivate=127.0.0.1', '--set', 'compute.local.network=open'],
  ],
});
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
process.once('SIGTERM', () => interrupted.abort());

/**
 * Every fourth kill hits PostgreSQL, the others a server. Nobody kills the last server that lives: then nothing
 * would happen that a kill could disturb. So a slow machine takes longer, up to twice the time.
 */
async function killSome(db: Db): Promise<void> {
  const startedAt = performance.now();
  const done = { servers: 0, postgres: 0 };
  const everyMs = (seconds * 1000) / kills;
  let last = startedAt;
  for (let n = 0; n < kills && !interrupted.signal.aborted; n++) {
    const dueMs = Math.max(startedAt + (n + 1) * everyMs, last + everyMs / 3) - performance.now();
    await sleep(Math.max(dueMs, 0));
    const isEnough = () => fleet.pids.length >= Math.min(2, Number(values.servers));
    while (!isEnough() && performance.now() - startedAt < 2 * seconds * 1000) await sleep(50);
    if (performance.now() - startedAt > 2 * seconds * 1000) break;
    const wantsPostgres = n === 1 || Math.random() < 0.25;
    if (wantsPostgres && (await fleet.killPostgres(db))) done.postgres++;
    else if (fleet.killServer()) done.servers++;
    last = performance.now();
  }
  ledger.fact('servers killed', done.servers);
  ledger.fact('times PostgreSQL was killed', done.postgres);
  ledger.demand('both were killed', Number(done.servers > 0 && done.postgres > 0), 1);
}

/**
 * Jobs that are made at the beginning, waited for, and started one after the other in another order; and beside
 * them a sixth as many that are started as they are created.
 */
async function makeJobs(trials: Trials, waiters: Waiters): Promise<void> {
  const startedAt = performance.now();
  const order = Array.from({ length: jobs }, (_, n) => n).sort(() => Math.random() - 0.5);
  await Promise.all([
    inTurn(jobs, seconds * 0.15, async (n) => {
      const trial = await trials.create(false);
      waiters.open(trial, Math.ceil(waits / jobs));
      const dueMs =
        seconds * 1000 * (0.2 + (0.65 * (order[n] ?? 0)) / jobs) - (performance.now() - startedAt);
      if (dueMs > 0) await sleep(dueMs);
      await trials.start(trial);
      await trials.disturb(trial);
    }),
    inTurn(Math.ceil(jobs / 6), seconds * 0.85, async () => {
      const trial = await trials.create(true);
      waiters.open(trial, 1);
      await trials.disturb(trial);
    }),
  ]);
}

/** Begins `count` works evenly over some seconds and waits for all of them. */
async function inTurn<T>(count: number, overSeconds: number, work: (n: number) => Promise<T>): Promise<T[]> {
  const startedAt = performance.now();
  const all: Promise<T>[] = [];
  for (let n = 0; n < count && !interrupted.signal.aborted; n++) {
    const dueMs = (n * overSeconds * 1000) / count - (performance.now() - startedAt);
    if (dueMs > 0) await sleep(dueMs);
    all.push(work(n));
  }
  return await Promise.all(all);
}

async function untilOver(db: Db): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (Date.now() < deadline) {
    const [row] = await persist(
      () => db.sql<{ n: number }[]>`
        select (select count(*) from uws.job where phase in ('QUEUED', 'EXECUTING', 'HELD', 'SUSPENDED', 'UNKNOWN')
            or compute_run_id is not null)::int
          + (select count(*) from core.task where kind like 'uws.%' and state <> 'dead')::int
          + (select count(*) from core.compute_run)::int as n`,
    );
    if (row?.n === 0) return;
    await sleep(500);
  }
}

async function main(witness: Witness): Promise<void> {
  await fleet.start();
  ledger.note(`${fleet.pids.length} servers run: ${fleet.pids.join(' ')}`);
  const definition = path.join(root, 'test/chaos/uws/trial.yaml');
  const defined = await orrery(['uws', 'define', definition, '--data', folder]);
  if (defined.code !== 0) throw new Error(`trial.yaml was not loaded: ${defined.stdout}${defined.stderr}`);
  const db = await fleet.connect(4);
  const trials = new Trials(fleet, db, witness);
  const waiters = new Waiters(fleet, ledger);
  const finals = new FinalPhases(db, ledger);
  const looking = setInterval(() => {
    finals.look().catch((error: unknown) => {
      if (!isConnectionLoss(error)) ledger.violation(`looking at the phases: ${String(error)}`);
    });
  }, 1000);
  try {
    await Promise.all([killSome(db), makeJobs(trials, waiters)]);
    ledger.note(`no more trouble; ${waiters.left} clients still wait`);
    await Promise.all([untilOver(db), waiters.untilAnswered(patienceMs)]);
    ledger.note('all is over, or has had its time');
    waiters.check(ledger);
    ledger.fact('creations whose answer was lost', trials.doubtful);
    await adopt(db, trials);
    await judgeTrials(fleet, trials.all, witness, ledger);
    await finals.look();
    await judgeHistory(db, ledger);
    await judgeLeftovers(fleet, db, folder, ledger, new Set(trials.all.map(({ jobId }) => jobId)));
  } finally {
    clearInterval(looking);
    await waiters.close();
    await db.close();
  }
}

/** Every job in the database is one that we know: none was made twice by one request. */
async function adopt(db: Db, trials: Trials): Promise<void> {
  const known = new Set(trials.all.map(({ label }) => label));
  const rows = await db.sql<{ runId: string; n: number }[]>`
    select run_id, count(*)::int as n from uws.job group by run_id`;
  ledger.demand('jobs made twice by one request', rows.filter(({ n }) => n > 1).length, 0);
  ledger.demand('jobs that nobody knows', rows.filter(({ runId }) => !known.has(runId)).length, 0);
}

const witness = await Witness.start();
try {
  await main(witness);
} catch (error) {
  ledger.violation(error instanceof Error ? (error.stack ?? error.message) : String(error));
} finally {
  await fleet.close();
  witness.close();
  if (values.keep) console.log(`the data folder is kept: ${folder}`);
  else await remove();
}
ledger.print();
process.exit(ledger.isClean ? 0 : 1);
