import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from '../../server/src/core/db/index.ts';
import { claimTickets } from '../support/example-service/tickets.store.ts';
import { adminToken, anInstallation, type Installation, processorSeconds } from './installation.ts';
import { type Child, startChild } from './load/child.ts';
import type { ClientsResult, ClientsSettings } from './load/claim-clients.ts';
import type { ReaderSettings, Seen } from './load/feed-reader.ts';
import { runPgbench } from './load/pgbench.ts';
import { type BenchOptions, percentile, type Report } from './report.ts';

const connections = 64;
const batchSize = 50;

/**
 * Claims through HTTP with a token, each with a history row and an event, out of a million ready tickets and with
 * two readers of the feed; beside it, in the same run, what the parts can do alone. Proves that none was lost or doubled.
 */
export async function bench(report: Report, { quick }: BenchOptions): Promise<void> {
  const tickets = quick ? 100_000 : 1_000_000;
  const claims = quick ? 20_000 : 200_000;
  const place = await anInstallation();
  try {
    const server = await place.start();
    const db = await place.connect(4);
    await db.sql`insert into example.ticket (state) select 'ready' from generate_series(1, ${tickets}::int)`;
    await db.sql`vacuum (analyze) example.ticket`;
    await reportPlan(report, db, 'at the start');
    await measureClaims(report, place, db, {
      address: server.address,
      tickets,
      claims,
      pid: server.child.pid as number,
    });
    await reportPlan(report, db, `after ${claims.toLocaleString('en')} claims`);
    await measureParts(report, place, db, quick ? 2 : 8);
  } finally {
    await place.remove();
  }
}

async function measureClaims(
  report: Report,
  place: Installation,
  db: Db,
  at: { address: string; tickets: number; claims: number; pid: number },
): Promise<void> {
  const readers = [
    await startReader({ tickets: at.tickets, ...(await place.connection()) }),
    await startReader({ tickets: at.tickets, address: at.address, token: adminToken }),
  ];
  try {
    const before = await processorSeconds(at.pid);
    const result = await runClients({
      port: Number(new URL(at.address).port),
      path: '/api/example/claims',
      body: '{"worker":"worker-#"}',
      token: adminToken,
      connections,
      total: at.claims,
    });
    const used = (await processorSeconds(at.pid)) - before;
    reportClients(report, 'claims through HTTP', result, { rate: '≥ 2,000', p99: '< 50' });
    reportSlope(report, result.perSecond);
    report({
      name: 'processor time of the server process, per claim',
      value: (used / at.claims) * 1e6,
      unit: 'µs',
    });
    await proveClaims(report, db, result, at.claims);
    for (const [index, reader] of readers.entries()) {
      await proveReader(
        report,
        index === 0 ? 'reader in another process' : 'reader by server-sent events',
        reader,
        result,
      );
    }
  } finally {
    for (const reader of readers) reader.end();
  }
}

async function startReader(settings: ReaderSettings): Promise<Child<Seen | 'ready'>> {
  const reader = startChild<Seen | 'ready'>('feed-reader.ts', settings);
  await reader.next();
  return reader;
}

async function runClients(settings: ClientsSettings): Promise<ClientsResult> {
  const child = startChild<ClientsResult>('claim-clients.ts', settings);
  try {
    return await child.next();
  } finally {
    child.end();
  }
}

function reportClients(
  report: Report,
  name: string,
  { ids, seconds, latencies, failures }: ClientsResult,
  goal: { rate?: string; p99?: string } = {},
): void {
  if (failures > 0) throw new Error(`${name}: ${failures} answers were no success`);
  const limit = (text?: string) => (text === undefined ? {} : { limit: text });
  report({ name, value: ids.length / seconds, unit: '/s', ...limit(goal.rate) });
  report({ name: `${name}, p50 of ${connections} clients`, value: percentile(latencies, 0.5), unit: 'ms' });
  report({ name: `${name}, p99`, value: percentile(latencies, 0.99), unit: 'ms', ...limit(goal.p99) });
}

/** Whether dead rows make it slower: the first ten seconds (without the one of warming up) beside the last ten. */
function reportSlope(report: Report, perSecond: readonly number[]): void {
  const whole = perSecond.slice(1, -1);
  const span = Math.min(10, Math.floor(whole.length / 2));
  const mean = (part: readonly number[]): number => part.reduce((sum, n) => sum + n, 0) / part.length;
  const [first, last] = [mean(whole.slice(0, span)), mean(whole.slice(-span))];
  report({ name: `  its first ${span} s`, value: first, unit: '/s' });
  report({ name: `  its last ${span} s`, value: last, unit: '/s' });
}

/** Each answer a ticket of its own; each claimed ticket one answer and one history row, and no other ticket touched. */
async function proveClaims(report: Report, db: Db, { ids }: ClientsResult, claims: number): Promise<void> {
  const answered = new Set(ids);
  if (answered.size !== claims || answered.has(0))
    throw new Error(`${claims} answers named ${answered.size} tickets`);
  const rows = await db.sql<{ ticketId: number; histories: number }[]>`
    select ticket_id, count(h.state)::int as histories from example.ticket left join example.history h using (ticket_id)
    where ticket.state = 'claimed' or h.state is not null group by ticket_id`;
  const wrong = rows.filter((row) => row.histories !== 1 || !answered.has(row.ticketId));
  if (rows.length !== claims || wrong.length > 0) {
    throw new Error(
      `${claims} answers, ${rows.length} tickets claimed, ${wrong.length} of them without one answer and one history row`,
    );
  }
  report({
    name: 'claimed tickets with one answer and one history row',
    value: rows.length,
    unit: 'tickets',
    limit: `= ${claims}`,
  });
}

async function proveReader(
  report: Report,
  name: string,
  reader: Child<Seen | 'ready'>,
  { ids }: ClientsResult,
): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    reader.tell('how far');
    const seen = (await reader.next()) as Seen;
    const missing = ids.filter((id) => seen.counts[id] === 0).length;
    if (missing === 0) {
      const total = seen.counts.reduce((sum, n) => sum + (n > 0 ? 1 : 0), 0);
      if (total !== ids.length) throw new Error(`${name} saw ${total} tickets, ${ids.length} were claimed`);
      report({ name: `${name}: seen`, value: total, unit: 'events', limit: `= ${ids.length}` });
      report({
        name: `${name}: seen again, and resumed`,
        value: seen.events - total + seen.resumed,
        unit: 'times',
      });
      report({ name: `${name}: from the insertion, p99`, value: percentile(seen.delays, 0.99), unit: 'ms' });
      return;
    }
    if (Date.now() > deadline) throw new Error(`${name} has not seen ${missing} of ${ids.length} events`);
    await sleep(250);
  }
}

/** The claim statement as the driver sends it, with the names of fifty workers in it. */
async function claimText(db: Db): Promise<string> {
  const workers = Array.from({ length: batchSize }, (_, index) => `worker-${index}`);
  const { string } = await claimTickets(db.sql, workers).describe();
  return string.replace('$1', `'{${workers.join(',')}}'`).replace('$2', `${batchSize}::bigint`);
}

/** Time of the claim statement as PostgreSQL measures it, undone again, and the blocks it reads to find the tickets. */
async function reportPlan(report: Report, db: Db, when: string): Promise<void> {
  const statement = await claimText(db);
  const connection = await db.sql.reserve();
  try {
    await connection`begin`;
    const rows = await connection
      .unsafe<{ 'QUERY PLAN': string }[]>(`explain (analyze, buffers) ${statement}`)
      .raw();
    await connection`rollback`;
    const plan = rows.map((row) => row.toString()).join('\n');
    if (/Seq Scan on ticket/.test(plan)) throw new Error(`the claim reads the whole table:\n${plan}`);
    report({
      name: `the claim of ${batchSize} tickets in PostgreSQL, ${when}`,
      value: Number(/Execution Time: ([\d.]+)/.exec(plan)?.[1]),
      unit: 'ms',
    });
    report({
      name: '  blocks read to find them',
      value: Number(/Index Scan using ticket_ready_idx.*?Buffers: shared hit=(\d+)/s.exec(plan)?.[1]),
      unit: 'blocks',
    });
  } finally {
    connection.release();
  }
}

/** What the parts do alone: the statement by PostgreSQL's tool and by the driver, and Fastify with nothing around it. */
async function measureParts(report: Report, place: Installation, db: Db, seconds: number): Promise<void> {
  await db.sql`insert into example.ticket (state) select 'ready' from generate_series(1, ${seconds * 100_000}::int)`;
  await db.sql`vacuum (analyze) example.ticket`;
  report({
    name: `limit: the statement by the driver, ${batchSize} each, 4 connections`,
    value: await measureStatement(db, seconds),
    unit: 'claims/s',
  });
  // After it, since the server's feed is busy for a while with the events that this leaves behind.
  await db.sql`vacuum (analyze) example.ticket`;
  const script = `${(await claimText(db)).replaceAll('\n', ' ')};\n`;
  const tps = await runPgbench({
    ...(await place.connection()),
    folder: place.folder,
    script,
    connections: 4,
    seconds,
  });
  if (tps === undefined) console.log('  pgbench is not installed');
  else
    report({
      name: `limit: pgbench, ${batchSize} a statement, 4 connections`,
      value: tps * batchSize,
      unit: 'claims/s',
    });
  const hello = startChild<string>('hello-server.ts', {});
  try {
    const result = await runClients({
      port: Number(new URL(await hello.next()).port),
      path: '/hello',
      body: '{"worker":"worker-#"}',
      token: adminToken,
      connections,
      total: seconds * 10_000,
    });
    reportClients(report, 'limit: Fastify with nothing around it', result);
  } finally {
    hello.end();
  }
}

async function measureStatement(db: Db, seconds: number): Promise<number> {
  const workers = Array.from({ length: batchSize }, (_, index) => `worker-${index}`);
  const started = performance.now();
  let claimed = 0;
  const again = async (): Promise<void> => {
    while (performance.now() - started < seconds * 1000)
      claimed += (await claimTickets(db.sql, workers)).length;
  };
  await Promise.all([again(), again(), again(), again()]);
  return claimed / ((performance.now() - started) / 1000);
}
