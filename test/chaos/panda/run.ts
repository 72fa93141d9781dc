import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Db } from '../../../server/src/core/db/index.ts';
import { orrery, programs } from '../../support/orrery.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { Fleet, persist } from '../fleet.ts';
import { Ledger } from '../ledger.ts';
import { Balancer } from './balancer.ts';
import { Pilots } from './pilots.ts';
import { queue, Submission } from './submission.ts';
import { judgeJobs, judgeLeftovers } from './verdict.ts';

/**
 * `npm run chaos -- panda [--minutes 10] [--kills 200]`: two server processes on one data folder and fifty pilots of our
 * own behind one address; jobs of one to three seconds are submitted while a random server, PostgreSQL or a pilot is
 * killed with SIGKILL every few seconds. Ends with status 1 when a job was lost, got stuck, or was run twice to
 * `finished`. A shorter run has fewer of each; with CI=true it takes a minute.
 */
const { values } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: process.env.CI === 'true' ? '0.6' : '10' },
    kills: { type: 'string' },
    jobs: { type: 'string' },
    pilots: { type: 'string', default: process.env.CI === 'true' ? '12' : '50' },
    servers: { type: 'string', default: '2' },
    keep: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
const seconds = minutes * 60;
const kills = Number(values.kills ?? Math.round(20 * minutes));
const jobs = Number(values.jobs ?? Math.round(240 * minutes));
const patienceMs = 240_000;

const ledger = new Ledger();
const { folder, remove } = await scratchFolder('chaos');
const data = path.join(folder, 'data');
const inHours = (ofSeconds: number) => String(ofSeconds / 3600);
const fleet = new Fleet(data, ledger, Number(values.servers), {
  program: programs.orrery,
  args: [
    ...['--with', 'panda', '--set', `panda.watch.heartbeatHours=${inHours(25)}`],
    ...['--set', `panda.watch.sentHours=${inHours(20)}`, '--set', `panda.watch.startingHours=${inHours(25)}`],
    ...['--set', `panda.watch.holdingUserHours=${inHours(60)}`],
  ],
});
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
process.once('SIGTERM', () => interrupted.abort());

/** A queue like the one of every installation, but served by our pilots alone. */
const description = {
  nickname: queue,
  panda_resource: queue,
  state: 'ACTIVE',
  status: 'online',
  type: 'unified',
  copytools: { mv: {} },
  maxtime: 600,
};

/** Payloads write into one book; lines are short, so that each is written whole. */
const script = (book: string) => `echo "begin $PANDAID $PanDA_AttemptNr $$" >>'${book}'
sleep "$1"
echo "end $PANDAID $PanDA_AttemptNr $$" >>'${book}'
echo "$PANDAID $PanDA_AttemptNr"
`;

async function prepare(): Promise<{ token: string; book: string; trial: string }> {
  const [token, book, trial, queueFile] = ['token', 'book', 'trial.sh', 'queue.json'].map((name) =>
    path.join(folder, name),
  ) as [string, string, string, string];
  await writeFile(trial, script(book));
  await writeFile(queueFile, JSON.stringify(description));
  await run(['panda', 'queue', 'put', queueFile, '--data', data]);
  await run(['user', 'add', 'pilots', '--role', 'panda.pilot', '--data', data]);
  const made = await run([
    'token',
    'create',
    '--user',
    'pilots',
    '--role',
    'panda.pilot',
    '--vo',
    'local',
    '--data',
    data,
  ]);
  await writeFile(token, made.trim());
  return { token, book, trial };
}

async function run(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await orrery(args);
  if (code !== 0) throw new Error(`orrery ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

/** Two fifths hit pilots, a quarter PostgreSQL, the others a server; nobody kills the last server that lives. */
async function killSome(db: Db, pilots: Pilots): Promise<void> {
  const startedAt = performance.now();
  const done = { servers: 0, postgres: 0 };
  const everyMs = (seconds * 1000) / kills;
  let last = startedAt;
  for (let n = 0; n < kills && !interrupted.signal.aborted; n++) {
    const dueMs = Math.max(startedAt + (n + 1) * everyMs, last + everyMs / 3) - performance.now();
    await sleep(Math.max(dueMs, 0));
    const dice = n < 3 ? ([0, 0.5, 0.9][n] ?? 0) : Math.random();
    if (dice < 0.4) pilots.kill();
    else if (dice < 0.65 && (await fleet.killPostgres(db))) done.postgres++;
    else {
      while (
        fleet.pids.length < Math.min(2, Number(values.servers)) &&
        performance.now() - startedAt < 2 * seconds * 1000
      ) {
        await sleep(50);
      }
      if (fleet.killServer()) done.servers++;
    }
    last = performance.now();
  }
  ledger.fact('servers killed', done.servers);
  ledger.fact('times PostgreSQL was killed', done.postgres);
  ledger.fact('pilots killed', pilots.killed);
  ledger.demand(
    'all three were killed',
    Number(done.servers > 0 && done.postgres > 0 && pilots.killed > 0),
    1,
  );
}

/** The watcher looks every two minutes; at the end it is asked for, as an operator would on the page. */
async function untilFinal(db: Db): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (Date.now() < deadline) {
    await persist(() => db.sql`update core.schedule set run_now = true where name = 'panda.watcher'`);
    const [row] = await persist(
      () => db.sql<{ n: number }[]>`
        select (select count(*) from panda.job) + (select count(*) from core.task where kind like 'panda.%') as n`,
    );
    if (row?.n === 0) return;
    await sleep(1000);
  }
}

async function main(): Promise<void> {
  await fleet.start();
  ledger.note(`${fleet.pids.length} servers run: ${fleet.pids.join(' ')}`);
  const { token, book, trial } = await prepare();
  const balancer = await Balancer.start(fleet);
  const db = await fleet.connect(3);
  const work = path.join(folder, 'work');
  await mkdir(work);
  const args = [
    '--server',
    balancer.address,
    '--queue',
    queue,
    '--token-file',
    token,
    '--origin',
    'local.pilot',
  ];
  const timing = [
    '--poll',
    '1',
    '--wait',
    '3',
    '--heartbeat',
    '4',
    '--patience',
    '60',
    '--lost-after',
    '120',
  ];
  const pilots = new Pilots(work, [...args, ...timing], ledger, Number(values.pilots));
  const submission = new Submission(data, db, trial);
  try {
    await pilots.start();
    ledger.note(`${pilots.living} pilots run behind ${balancer.address}`);
    await Promise.all([killSome(db, pilots), submission.submit(jobs, seconds * 0.85, interrupted.signal)]);
    ledger.note(`no more trouble; ${submission.jobIds.length} jobs were submitted`);
    await untilFinal(db);
    ledger.note('all is over, or has had its time');
    await pilots.close();
    ledger.fact('submissions whose answer was lost', submission.doubtful);
    await judgeJobs(db, submission.jobIds, book, pilots, ledger);
    await judgeLeftovers(db, ledger);
  } finally {
    await pilots.close();
    balancer.close();
    await db.close();
  }
}

try {
  await main();
} catch (error) {
  ledger.violation(error instanceof Error ? (error.stack ?? error.message) : String(error));
} finally {
  await fleet.close();
  if (values.keep) console.log(`the data folder is kept: ${folder}`);
  else await remove();
}
ledger.print();
process.exit(ledger.isClean ? 0 : 1);
