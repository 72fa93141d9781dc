import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from '../../server/src/core/db/index.ts';
import { createEvents, type Events } from '../../server/src/core/events/index.ts';
import { silentLog } from '../../server/src/core/log.ts';
import { adminToken, anInstallation, residentBytes } from './installation.ts';
import { type BenchOptions, percentile, type Report } from './report.ts';

/** Answers that arrived, by ticket: when the last byte came. */
type Arrivals = Map<number, number[]>;

interface Waits {
  arrivals: Arrivals;
  /** Answers that should not have come. */
  failures: string[];
  /** Opens one wait on a server; resolves when the request is written. */
  open(port: number, ticketId: number): Promise<void>;
  close(): void;
}

/**
 * Ten thousand requests that wait, spread over two server processes: memory of each, and the time from the commit of
 * a change to the last byte of its answer.
 */
export async function bench(report: Report, { quick }: BenchOptions): Promise<void> {
  const total = quick ? 1000 : 10_000;
  const crowd = quick ? 200 : 1000;
  const place = await anInstallation();
  const waits = aWaitingCrowd();
  try {
    const servers = [];
    for (let n = 0; n < 2; n++) servers.push(await place.start('--set', 'events.waitsPerCaller=20000'));
    const ports = servers.map((server) => Number(new URL(server.address).port));
    const pids = servers.map((server) => server.child.pid as number);
    const db = await place.connect(4);
    await db.sql`insert into example.ticket (state) select 'ready' from generate_series(1, ${total + 200}::int)`;
    for (let n = 0; n < 200; n++) await openAll(waits, ports, [total + 1 + n]); // warm: code, pools, buffers
    const events = createEvents(db, silentLog, { perProcess: 1, perCaller: 1 });
    await finish(
      db,
      events,
      Array.from({ length: 200 }, (_, n) => total + 1 + n),
    );
    await untilAnswered(waits.arrivals, 200);
    await sleep(5000);
    const before = await memoryOf(pids);
    await openAll(
      waits,
      ports,
      Array.from({ length: total }, (_, n) => n + 1),
    );
    await untilWaiting(
      db,
      servers.map((server) => server.address),
      total,
    );
    await sleep(5000);
    const each = ((await memoryOf(pids)) - before) / total;
    report({
      name: `memory of each of ${total} waits, above the idle processes`,
      value: each / 1024,
      unit: 'KB',
      limit: '≤ 20',
    });
    const delays = await changeSome(db, events, waits.arrivals, {
      from: crowd + 1,
      to: total,
      perSecond: 100,
      seconds: quick ? 5 : 20,
    });
    report({
      name: `commit to last byte with ${total} waits, 100 changes/s, p50`,
      value: percentile(delays, 0.5),
      unit: 'ms',
    });
    report({ name: 'commit to last byte, p99', value: percentile(delays, 0.99), unit: 'ms', limit: '< 100' });
    report({ name: 'commit to last byte, longest', value: Math.max(...delays), unit: 'ms' });
    report({
      name: `${crowd} waits on one ticket, all answered after`,
      value: await wakeCrowd(db, events, waits, ports, total + 1, crowd),
      unit: 'ms',
      limit: '< 500',
    });
    if (waits.failures.length > 0)
      throw new Error(`${waits.failures.length} wrong answers: ${waits.failures[0]}`);
  } finally {
    waits.close();
    await place.remove();
  }
}

/** Requests on bare sockets: a socket for each wait, as each client has one. */
function aWaitingCrowd(): Waits {
  const sockets = new Set<Socket>();
  const arrivals: Arrivals = new Map();
  const failures: string[] = [];
  return {
    arrivals,
    failures,
    open: (port, ticketId) =>
      new Promise((resolve, reject) => {
        const socket = connect({ port, host: '127.0.0.1', noDelay: true });
        sockets.add(socket);
        let text = '';
        socket.setEncoding('latin1').on('data', (chunk: string) => {
          text += chunk;
          if (!/\r\n\r\n.*\}$/s.test(text)) return;
          const now = performance.now();
          if (!text.startsWith('HTTP/1.1 200') || text.includes('"ready"')) {
            failures.push(`a wait for ticket ${ticketId} was answered with: ${text}`);
          }
          arrivals.set(ticketId, [...(arrivals.get(ticketId) ?? []), now]);
          sockets.delete(socket);
          socket.destroy();
        });
        socket.on('error', reject).on('connect', () => {
          socket.write(
            `GET /api/example/tickets/${ticketId}?state=ready HTTP/1.1\r\nHost: 127.0.0.1\r\nPrefer: wait=600\r\nAuthorization: Bearer ${adminToken}\r\n\r\n`,
            () => resolve(),
          );
        });
      }),
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function openAll(waits: Waits, ports: readonly number[], ticketIds: readonly number[]): Promise<void> {
  for (let at = 0; at < ticketIds.length; at += 100) {
    await Promise.all(
      ticketIds.slice(at, at + 100).map((id, index) => waits.open(ports[index % ports.length] as number, id)),
    );
  }
}

/** Sets tickets to done and announces it in the same transaction; resolves right after the commit. */
async function finish(db: Db, events: Events, ticketIds: readonly number[]): Promise<number> {
  await db.transaction(async (tx) => {
    await tx`update example.ticket set state = 'done' where ticket_id = any(${ticketIds}::bigint[])`;
    await events.publishMany(
      tx,
      ticketIds.map((id) => ({ topic: 'example.ticket', key: String(id) })),
    );
  });
  return performance.now();
}

async function changeSome(
  db: Db,
  events: Events,
  arrivals: Arrivals,
  some: { from: number; to: number; perSecond: number; seconds: number },
): Promise<number[]> {
  const chosen = Array.from({ length: some.to - some.from + 1 }, (_, n) => some.from + n)
    .sort(() => Math.random() - 0.5)
    .slice(0, some.perSecond * some.seconds);
  const committed = new Map<number, number>();
  const start = performance.now();
  const changes: Promise<void>[] = [];
  for (const [index, id] of chosen.entries()) {
    const dueMs = (index * 1000) / some.perSecond - (performance.now() - start);
    if (dueMs > 0) await sleep(dueMs);
    changes.push(finish(db, events, [id]).then((at) => void committed.set(id, at)));
  }
  await Promise.all(changes);
  const deadline = Date.now() + 30_000;
  while (chosen.some((id) => !arrivals.has(id))) {
    if (Date.now() > deadline)
      throw new Error(`${chosen.filter((id) => !arrivals.has(id)).length} waits were not woken`);
    await sleep(20);
  }
  return chosen.map((id) => (arrivals.get(id)?.[0] as number) - (committed.get(id) as number));
}

async function wakeCrowd(
  db: Db,
  events: Events,
  waits: Waits,
  ports: readonly number[],
  spare: number,
  crowd: number,
): Promise<number> {
  await db.sql`update example.ticket set state = 'ready' where ticket_id = ${spare}`;
  waits.arrivals.delete(spare);
  await openAll(
    waits,
    ports,
    Array.from({ length: crowd }, () => spare),
  );
  await sleep(3000);
  const committed = await finish(db, events, [spare]);
  const deadline = Date.now() + 30_000;
  while ((waits.arrivals.get(spare)?.length ?? 0) < crowd) {
    if (Date.now() > deadline)
      throw new Error(`${waits.arrivals.get(spare)?.length} of ${crowd} waits on one ticket were woken`);
    await sleep(10);
  }
  return Math.max(...(waits.arrivals.get(spare) as number[])) - committed;
}

async function untilAnswered(arrivals: Arrivals, count: number): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (arrivals.size < count) {
    if (Date.now() > deadline) throw new Error(`${arrivals.size} of ${count} waits were woken`);
    await sleep(20);
  }
}

/** Until the servers themselves say that they hold so many waits (they say it every five seconds). */
async function untilWaiting(db: Db, addresses: readonly string[], total: number): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const [row] = await db.sql<{ waits: number }[]>`
      select sum(open_waits)::int as waits from core.process where seen_at > clock_timestamp() - interval '10 seconds'`;
    if (row?.waits === total) return;
    if (Date.now() > deadline)
      throw new Error(`${addresses.length} servers hold ${row?.waits} of ${total} waits`);
    await sleep(500);
  }
}

async function memoryOf(pids: readonly number[]): Promise<number> {
  return (await Promise.all(pids.map(residentBytes))).reduce((sum, bytes) => sum + bytes, 0);
}
