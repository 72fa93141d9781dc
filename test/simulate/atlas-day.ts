import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Db } from '../../server/src/core/db/index.ts';
import { anInstallation, processorSeconds } from '../bench/installation.ts';
import { runLoad } from '../bench/load/child.ts';
import type { DayResult, DaySettings } from '../bench/load/pilot-day.ts';
import { heartbeatBytes, seedRunning, storedReports } from '../bench/load/running-jobs.ts';
import { seedActivated, seedFiles } from '../bench/load/waiting-jobs.ts';
import { percentile, type Report } from '../bench/report.ts';
import { watchDatabase, worstSeconds } from './what-went-on.ts';

export interface DayOptions {
  minutes: number;
  /** A REPEATABLE READ transaction is open all the time: nothing that dies can be cleared. */
  snapshot: boolean;
  /** An idle READ COMMITTED transaction is open all the time. */
  idle: boolean;
  /** A tenth of the jobs, for trying out. */
  quick: boolean;
}

const queues = 200;

/**
 * The largest installation known, for some minutes: 600,000 running jobs that report every half hour, 23 that end each
 * second, and pilots that take the next one. Every request is a connection of its own.
 */
export async function atlasDay(report: Report, options: DayOptions): Promise<void> {
  const jobs = options.quick ? 60_000 : 600_000;
  const seconds = Math.round(options.minutes * 60);
  const finishing = 23 * seconds + 100;
  const place = await anInstallation('orrery');
  try {
    const server = await place.start('--with', 'panda');
    const pid = server.child.pid as number;
    const token = await place.userToken('pilots', 'panda.pilot');
    const db = await place.connect(3);
    await seedRunning(db, jobs);
    await seedFiles(db, 1, finishing);
    await seedActivated(db, jobs, finishing * 2, queues);
    const release = await holdTransaction(place, options);
    const postmaster = await postmasterOf(place.folder);
    const before = { bytes: await heartbeatBytes(db), stored: await storedReports(db) };
    const used = { server: await processorSeconds(pid), database: await treeSeconds(postmaster) };
    const watch = watchDatabase(db);
    const result = await liveThrough({
      port: Number(new URL(server.address).port),
      token,
      seconds,
      heartbeatsPerSecond: 333,
      finishedPerSecond: 23,
      finishing,
      jobs,
      queues,
    });
    const moments = await watch.stop();
    reportCalls(report, result);
    const shares = {
      server: ((await processorSeconds(pid)) - used.server) / result.seconds,
      database: ((await treeSeconds(postmaster)) - used.database) / result.seconds,
    };
    reportShares(report, shares);
    for (const line of worstSeconds(Object.values(result.calls), moments)) console.log(`  ${line}`);
    await reportGrowth(report, db, before, release);
  } finally {
    await place.remove();
  }
}

async function liveThrough(settings: DaySettings): Promise<DayResult> {
  const result = await runLoad<DayResult>('pilot-day.ts', settings);
  if (result.failure !== null) console.log(`  the first failure: ${result.failure}`);
  return result;
}

function reportCalls(report: Report, { calls, failures, seconds }: DayResult): void {
  report({ name: 'errors', value: failures, unit: '', limit: '= 0' });
  const all = Object.values(calls).flatMap(({ ms }) => ms);
  report({ name: 'requests', value: all.length / seconds, unit: '/s' });
  report({ name: 'p99 of all', value: percentile(all, 0.99), unit: 'ms', limit: '< 250' });
  for (const [call, { ms, at }] of Object.entries(calls)) {
    const part = (from: number, to: number): number[] =>
      ms.filter((_, n) => (at[n] ?? 0) >= from * seconds && (at[n] ?? 0) < to * seconds);
    const [first, last] = [part(0, 1 / 3), part(2 / 3, 1)].map((some) => percentile(some, 0.99));
    report({ name: `  ${call}: p50`, value: percentile([...ms], 0.5), unit: 'ms' });
    report({ name: `  ${call}: p99 in the first third`, value: first ?? Number.NaN, unit: 'ms' });
    report({ name: `  ${call}: p99 in the last third`, value: last ?? Number.NaN, unit: 'ms' });
  }
}

function reportShares(report: Report, { server, database }: { server: number; database: number }): void {
  report({ name: 'processor time of the server', value: server * 100, unit: '% of one' });
  report({ name: 'processor time of PostgreSQL', value: database * 100, unit: '% of one' });
  report({ name: 'both, of two processors', value: (server + database) * 50, unit: '%', limit: '< 70' });
}

async function reportGrowth(
  report: Report,
  db: Db,
  before: { bytes: number; stored: number },
  release: () => Promise<void>,
): Promise<void> {
  const stored = (await storedReports(db)) - before.stored;
  const growth = ((await heartbeatBytes(db)) - before.bytes) / stored;
  report({ name: 'heartbeats stored', value: stored, unit: '' });
  report({ name: 'growth of their table, each', value: growth, unit: 'bytes', limit: '≤ 400' });
  await release();
  await db.sql`vacuum panda.heartbeat`;
  await db.sql`select pg_stat_force_next_flush()`;
  const [left] = await db.sql<{ dead: number }[]>`
    select n_dead_tup as dead from pg_stat_user_tables where relid = 'panda.heartbeat'::regclass`;
  report({ name: 'dead rows after the next vacuum', value: left?.dead ?? Number.NaN, unit: '' });
}

/** Opens the transaction that is asked for; the returned function ends it. */
async function holdTransaction(
  place: { connect(poolSize: number): Promise<Db> },
  { snapshot, idle }: DayOptions,
): Promise<() => Promise<void>> {
  if (!snapshot && !idle) return async () => {};
  const db = await place.connect(1);
  const opened = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const held = db.sql.begin(
    snapshot ? 'isolation level repeatable read' : 'isolation level read committed',
    async (tx) => {
      await tx`set local transaction_timeout = 0`;
      await tx`set local idle_in_transaction_session_timeout = 0`;
      await tx`select count(*) from panda.queue`;
      opened.resolve();
      await gate.promise;
    },
  );
  await Promise.race([opened.promise, held]);
  return async () => {
    gate.resolve();
    await held;
  };
}

async function postmasterOf(folder: string): Promise<number> {
  const text = await readFile(path.join(folder, 'postgres/postmaster.pid'), 'utf8');
  return Number(text.split('\n')[0]);
}

/** Processor time of a process and its children, those that have ended included, seconds. */
async function treeSeconds(pid: number): Promise<number> {
  let seconds = 0;
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const fields = stat.replace(/^.*\) /s, '').split(' ');
    if (Number(name) === pid)
      seconds += (Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14])) / 100;
    else if (Number(fields[1]) === pid) seconds += (Number(fields[11]) + Number(fields[12])) / 100;
  }
  return seconds;
}
