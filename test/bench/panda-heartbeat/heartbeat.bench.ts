import type { Db } from '../../../server/src/core/db/index.ts';
import { Fields } from '../../../server/src/panda/front/fields.ts';
import { readFigures } from '../../../server/src/panda/report/figures.ts';
import { beatHearts } from '../../../server/src/panda/report/heartbeat.store.ts';
import type { Report as PilotReport } from '../../../server/src/panda/report/report.ts';
import { aReport } from '../../support/report.ts';
import { anInstallation, processorSeconds } from '../installation.ts';
import { runLoad, startChild } from '../load/child.ts';
import { heartbeatOf, pilotFacts } from '../load/pilot-call.ts';
import type { FloodResult, FloodSettings } from '../load/pilot-flood.ts';
import { heartbeatBytes, seedRunning, storedReports } from '../load/running-jobs.ts';
import { type BenchOptions, percentile, type Report } from '../report.ts';

const clients = 64;

/**
 * Heartbeats of 600,000 running jobs through HTTP, as pilots send them: gzip, a token, a new connection each. Beside
 * it in the same run the bare statement, and Fastify with nothing around it. Proves that each report answered is
 * stored.
 */
export async function bench(report: Report, { quick }: BenchOptions): Promise<void> {
  const jobs = quick ? 60_000 : 600_000;
  const total = quick ? 10_000 : 60_000;
  const place = await anInstallation('orrery');
  try {
    const server = await place.start('--with', 'panda');
    const port = Number(new URL(server.address).port);
    const pid = server.child.pid as number;
    const token = await place.userToken('pilots', 'panda.pilot');
    const db = await place.connect(3);
    await seedRunning(db, jobs);
    await flood({ port, token, jobs, from: 0, total: 2000, clients }); // warm
    const [bytes, stored, used] = [
      await heartbeatBytes(db),
      await storedReports(db),
      await processorSeconds(pid),
    ];
    const result = await flood({ port, token, jobs, from: 2000, total, clients });
    const microseconds = ((await processorSeconds(pid)) - used) / total / 1e-6;
    const kept = (await storedReports(db)) - stored;
    if (kept !== total) throw new Error(`${total} reports were acknowledged, ${kept} are stored`);
    report({ name: 'heartbeats through HTTP', value: total / result.seconds, unit: '/s', limit: '≥ 3,000' });
    report({ name: `  p50 of ${clients} clients`, value: percentile(result.latencies, 0.5), unit: 'ms' });
    report({ name: '  p99', value: percentile(result.latencies, 0.99), unit: 'ms' });
    report({ name: '  processor time of the server process, each', value: microseconds, unit: 'µs' });
    const growth = ((await heartbeatBytes(db)) - bytes) / total;
    report({ name: '  growth of the table, each', value: growth, unit: 'bytes', limit: '≤ 400' });
    await reportStatement(report, db, jobs, quick ? 2 : 8);
    await reportBare(report, total);
  } finally {
    await place.remove();
  }
}

async function flood(settings: FloodSettings): Promise<FloodResult> {
  const result = await runLoad<FloodResult>('pilot-flood.ts', settings);
  if (result.failure !== null) throw new Error(`${result.failures} failed: ${result.failure}`);
  return result;
}

/** The statement alone, in batches as the server makes them. */
async function reportStatement(report: Report, db: Db, jobs: number, seconds: number): Promise<void> {
  const size = 100;
  const started = performance.now();
  let sent = 0;
  const again = async (): Promise<void> => {
    while (performance.now() - started < seconds * 1000) {
      const reports = Array.from({ length: size }, () => reportOf(((sent * 7919) % jobs) + 1, ++sent + 5e6));
      await beatHearts(db.sql, reports);
    }
  };
  await Promise.all([1, 2, 3].map(again));
  const value = sent / ((performance.now() - started) / 1000);
  report({ name: `beside it: the statement alone, ${size} at once, 3 connections`, value, unit: '/s' });
}

function reportOf(jobId: number, n: number): PilotReport {
  const fields = Object.entries(heartbeatOf(jobId, n)).map(([name, value]) => [name, String(value)] as const);
  return aReport({
    jobId,
    node: pilotFacts.node,
    schedulerId: pilotFacts.schedulerID,
    pilotId: pilotFacts.pilotID,
    facts: { cpuConsumptionUnit: pilotFacts.cpuConsumptionUnit, cpuConversion: '1' },
    figures: readFigures(new Fields(new Map(fields)), 'legacy'),
  });
}

async function reportBare(report: Report, total: number): Promise<void> {
  const hello = startChild<string>('hello-server.ts', {});
  try {
    const port = Number(new URL(await hello.next()).port);
    const result = await flood({
      port,
      token: 'x'.repeat(300),
      jobs: 1000,
      from: 0,
      total,
      clients,
      bare: '/bytes',
    });
    const name = 'beside it: Fastify with nothing around it, a connection each';
    report({ name, value: total / result.seconds, unit: '/s' });
  } finally {
    hello.end();
  }
}
