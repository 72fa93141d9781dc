import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { scratchFolder } from '../support/scratch-folder.ts';
import { Fleet } from './fleet.ts';
import { Ledger } from './ledger.ts';
import { Runs } from './runs.ts';
import { Tasks } from './tasks.ts';
import { checkTicks } from './ticks.ts';
import { Waits } from './waits.ts';

/**
 * `npm run chaos -- core [--minutes 5] [--stall-seconds 60]`: three server processes on one data folder; every five
 * seconds a random one of them or PostgreSQL is killed with SIGKILL, and at the end one is stopped for a while. Ends
 * with status 1 when a task, a tick, a wait or a run was lost or done twice.
 */
const { values } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '5' },
    'stall-seconds': { type: 'string', default: '60' },
    tasks: { type: 'string', default: '10000' },
    waits: { type: 'string', default: '2000' },
    runs: { type: 'string' },
    servers: { type: 'string', default: '3' },
    keep: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
const stallSeconds = Number(values['stall-seconds']);
const killEveryMs = 5000;
const patienceMs = 180_000;

const ledger = new Ledger();
const { folder, remove } = await scratchFolder('chaos');
const fleet = new Fleet(folder, ledger, Number(values.servers));
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
process.once('SIGTERM', () => interrupted.abort());

async function killSome(db: Awaited<ReturnType<Fleet['connect']>>, seconds: number): Promise<void> {
  const end = performance.now() + seconds * 1000;
  let kills = 0;
  while (performance.now() < end && !interrupted.signal.aborted) {
    await sleep(killEveryMs);
    const victim = kills === 1 ? 0 : Math.random() * 4; // a short run kills both kinds, too
    if (victim < 1) await fleet.killPostgres(db);
    else fleet.killServer();
    kills++;
  }
}

async function main(): Promise<void> {
  await fleet.start();
  ledger.note(`${fleet.pids.length} servers run: ${fleet.pids.join(' ')}`);
  const db = await fleet.connect(6);
  const tasks = new Tasks(db);
  const waits = new Waits(fleet, db);
  const runs = new Runs(db, folder);
  const from = new Date();
  try {
    await waits.open(Number(values.waits));
    const seconds = minutes * 60;
    await Promise.all([
      killSome(db, seconds),
      tasks.add(Number(values.tasks) * 0.9, seconds * 0.95, interrupted.signal),
      waits.release(seconds * 0.9, interrupted.signal),
      runs.submit(Number(values.runs ?? Math.ceil(12 * minutes)), seconds * 0.9, interrupted.signal),
    ]);
    await stallOne(tasks);
    ledger.note('no more trouble; waiting for all to end');
    await Promise.all([
      tasks.untilDone(patienceMs),
      waits.untilWoken(patienceMs),
      runs.untilEnded(patienceMs),
    ]);
    const to = new Date();
    await sleep(6000); // the last tick before `to` has had its time
    await tasks.check(ledger);
    await checkTicks(db, ledger, fleet.troubles, from, to);
    waits.check(ledger);
    await runs.check(ledger);
  } finally {
    await waits.close();
    await db.close();
  }
}

/** Stops the server that runs most tasks, in the middle of them, while more are added. */
async function stallOne(tasks: Tasks): Promise<void> {
  if (stallSeconds === 0 || interrupted.signal.aborted) return;
  while (fleet.pids.length < Number(values.servers)) await sleep(100);
  await sleep(3000);
  await tasks.add(200, 1);
  let victim = await tasks.busiest();
  for (const deadline = Date.now() + 20_000; victim === undefined || !fleet.pids.includes(victim.pid); ) {
    if (Date.now() > deadline) throw new Error('no server runs a task');
    await sleep(100);
    victim = await tasks.busiest();
  }
  ledger.note(`server ${victim.pid} runs ${victim.running} tasks`);
  const rest = Number(values.tasks) - tasks.committed.length;
  const end = await fleet.stall(victim.pid, stallSeconds, () =>
    tasks.add(Math.max(rest, 100), stallSeconds * 0.8),
  );
  ledger.note(`the woken server ${end}`);
  if (stallSeconds > 15 && end !== 'ended with 70')
    ledger.violation(`the woken server ${end} instead of ending itself`);
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
