import { setTimeout as sleep } from 'node:timers/promises';
import { createEvents } from '../../server/src/core/events/index.ts';
import { silentLog } from '../../server/src/core/log.ts';
import { adminToken, anInstallation } from './installation.ts';
import { type BenchOptions, percentile, type Report } from './report.ts';
import {
  aWaitingCrowd,
  changeSome,
  memoryOf,
  untilAnswered,
  untilWaiting,
  wakeAll,
} from './waiting-crowd.ts';

/**
 * Ten thousand requests that wait, spread over two server processes: memory of each, and the time from the commit of
 * a change to the last byte of its answer.
 */
export async function bench(report: Report, { quick }: BenchOptions): Promise<void> {
  const total = quick ? 1000 : 10_000;
  const crowd = quick ? 200 : 1000;
  const place = await anInstallation();
  const waits = aWaitingCrowd<number>({
    request: (ticketId) =>
      `GET /api/example/tickets/${ticketId}?state=ready HTTP/1.1\r\nHost: 127.0.0.1\r\nPrefer: wait=600\r\nAuthorization: Bearer ${adminToken}`,
    end: /\r\n\r\n.*\}$/s,
    isChanged: (answer) => !answer.includes('"ready"'),
  });
  try {
    const servers = [];
    for (let n = 0; n < 2; n++) servers.push(await place.start('--set', 'events.waitsPerCaller=20000'));
    const ports = servers.map((server) => Number(new URL(server.address).port));
    const pids = servers.map((server) => server.child.pid as number);
    const db = await place.connect(4);
    await db.sql`insert into example.ticket (state) select 'ready' from generate_series(1, ${total + 201}::int)`;
    const events = createEvents(db, silentLog, { perProcess: 1, perCaller: 1 });
    /** Sets tickets to done and announces it in the same transaction; resolves right after the commit. */
    const finish = async (ticketIds: readonly number[]): Promise<number> => {
      await db.transaction(async (tx) => {
        await tx`update example.ticket set state = 'done' where ticket_id = any(${[...ticketIds]}::bigint[])`;
        await events.publishMany(
          tx,
          ticketIds.map((id) => ({ topic: 'example.ticket', key: String(id) })),
        );
      });
      return performance.now();
    };
    const warm = Array.from({ length: 200 }, (_, n) => total + 1 + n); // code, pools, buffers
    await waits.open(ports, warm);
    await finish(warm);
    await untilAnswered(waits, warm, 1);
    await sleep(5000);
    const before = await memoryOf(pids);
    const ids = Array.from({ length: total }, (_, n) => n + 1);
    await waits.open(ports, ids);
    await untilWaiting(db, total);
    await sleep(5000);
    const each = ((await memoryOf(pids)) - before) / total;
    report({
      name: `memory of each of ${total} waits, above the idle processes`,
      value: each / 1024,
      unit: 'KB',
      limit: '≤ 20',
    });
    const delays = await changeSome(waits, ids, finish, { perSecond: 100, seconds: quick ? 5 : 20 });
    report({
      name: `commit to last byte with ${total} waits, 100 changes/s, p50`,
      value: percentile(delays, 0.5),
      unit: 'ms',
    });
    report({ name: 'commit to last byte, p99', value: percentile(delays, 0.99), unit: 'ms', limit: '< 100' });
    report({ name: 'commit to last byte, longest', value: Math.max(...delays), unit: 'ms' });
    report({
      name: `${crowd} waits on one ticket, all answered after`,
      value: await wakeAll(waits, ports, total + 201, crowd, finish),
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
