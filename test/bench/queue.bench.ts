import { setTimeout as sleep } from 'node:timers/promises';
import { Type } from 'typebox';
import type { Core } from '../../server/src/core/core.ts';
import { createDb, type Db, migrate, startEmbedded } from '../../server/src/core/db/index.ts';
import { silentLog } from '../../server/src/core/log.ts';
import {
  createQueue,
  defineTask,
  type Queue,
  type TaskDefinition,
} from '../../server/src/core/queue/index.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

/** One figure: what it is, how much, of what, and what it has to be. */
export type Report = (line: { name: string; value: number; unit: string; limit?: string }) => void;

const Payload = Type.Object({ n: Type.Integer() });
const batchedTasks = 150_000;
const singleTasks = 20_000;
const latencySeconds = 20;
const latencyPerSecond = 100;

/** The queue on a PostgreSQL of its own with fsync on, beside the bare statements that it cannot be faster than. */
export async function bench(report: Report): Promise<void> {
  const { folder, remove } = await scratchFolder('bench');
  const server = await startEmbedded(folder, silentLog);
  const where = { socketDir: server.socketDir, password: server.password, database: 'orrery' };
  const db = createDb({ ...where, poolSize: 10, prepare: true, name: 'bench' });
  try {
    await migrate(db.sql, [
      { module: 'core', folder: new URL('../../server/src/core/migrations/', import.meta.url) },
    ]);
    report({
      name: 'limit: bare claim and delete, 100 rows, 4 at once',
      value: await measureBare(db),
      unit: 'tasks/s',
    });
    const batched = await measureDrain(db, batchedTasks, { batch: 100, concurrency: 4 });
    report({ name: 'add, 1,000 a statement', value: batched.addedPerSecond, unit: 'tasks/s' });
    report({
      name: 'no-op tasks, batches of 100, 4 at once, with history',
      value: batched.perSecond,
      unit: 'tasks/s',
      limit: '≥ 15,000',
    });
    const single = await measureDrain(db, singleTasks, { batch: 1, concurrency: 50 });
    report({
      name: 'no-op tasks one by one, 50 at once, with history',
      value: single.perSecond,
      unit: 'tasks/s',
    });
    const { p50, p99, most } = await measureLatency(db);
    report({ name: `add to start at ${latencyPerSecond}/s, p50`, value: p50, unit: 'ms' });
    report({ name: `add to start at ${latencyPerSecond}/s, p99`, value: p99, unit: 'ms', limit: '< 25' });
    report({ name: `add to start at ${latencyPerSecond}/s, longest`, value: most, unit: 'ms' });
  } finally {
    await db.close();
    await server.stop();
    await remove();
  }
}

function aQueue(db: Db, task: TaskDefinition): Queue {
  return createQueue({
    db,
    log: silentLog,
    processId: `bench:${task.name}`,
    tasks: [task],
  });
}

/** No lease, no fence, no key, no history: one statement claims a hundred rows, one deletes them. */
async function measureBare(db: Db): Promise<number> {
  await db.sql`
    create table core.bare as select n as task_id, 'waiting' as state, jsonb_build_object('n', n) as payload
    from generate_series(1, ${batchedTasks}) as n`;
  await db.sql`alter table core.bare add primary key (task_id)`;
  await db.sql`create index on core.bare (task_id) where state = 'waiting'`;
  const start = performance.now();
  const drain = async (): Promise<void> => {
    for (;;) {
      const claimed = await db.sql<{ taskId: number }[]>`
        update core.bare set state = 'running' where task_id = any(array(
          select task_id from core.bare where state = 'waiting' order by task_id limit 100 for update skip locked))
        returning task_id, payload`;
      if (claimed.length === 0) return;
      await db.sql`delete from core.bare where task_id = any(${claimed.map((row) => row.taskId)}::int[])`;
    }
  };
  await Promise.all([drain(), drain(), drain(), drain()]);
  const perSecond = batchedTasks / ((performance.now() - start) / 1000);
  await db.sql`drop table core.bare`;
  return perSecond;
}

async function measureDrain(
  db: Db,
  total: number,
  shape: { batch: number; concurrency: number },
): Promise<{ addedPerSecond: number; perSecond: number }> {
  let done = 0;
  const finished = Promise.withResolvers<void>();
  const task = defineTask({
    name: `bench.drain-${shape.batch}`,
    payload: Payload,
    ...shape,
    run: async ({ payloads }) => {
      done += payloads.length;
      if (done === total) finished.resolve();
    },
  });
  const queue = aQueue(db, task);
  const before = performance.now();
  for (let n = 0; n < total; n += 1000) {
    const payloads = Array.from({ length: 1000 }, (_, i) => ({ payload: { n: n + i } }));
    await db.transaction((tx) => queue.addMany(tx, task, payloads));
  }
  const start = performance.now();
  await queue.start({} as Core);
  await finished.promise;
  await queue.stop(); // all ends are stored now
  const perSecond = total / ((performance.now() - start) / 1000);
  const [row] = await db.sql<{ runs: number; left: number }[]>`
    select (select count(*)::int from core.task_run where kind = ${task.name} and outcome = 'done') as runs,
           (select count(*)::int from core.task) as left`;
  if (row?.runs !== total || row.left !== 0)
    throw new Error(`${total} tasks: ${row?.runs} done, ${row?.left} left`);
  return { addedPerSecond: total / ((start - before) / 1000), perSecond };
}

/** From before the transaction that adds a task to the first line of its run. */
async function measureLatency(db: Db): Promise<{ p50: number; p99: number; most: number }> {
  const addedAt = new Map<number, number>();
  const delays: number[] = [];
  const task = defineTask({
    name: 'bench.latency',
    payload: Payload,
    concurrency: 20,
    run: async ({ payload }) => {
      delays.push(performance.now() - (addedAt.get(payload.n) as number));
    },
  });
  const queue = aQueue(db, task);
  await queue.start({} as Core);
  const start = performance.now();
  const adds: Promise<number>[] = [];
  for (let n = 0; n < latencySeconds * latencyPerSecond; n++) {
    const dueMs = (n * 1000) / latencyPerSecond - (performance.now() - start);
    if (dueMs > 0) await sleep(dueMs);
    addedAt.set(n, performance.now());
    adds.push(db.transaction((tx) => queue.add(tx, task, { n })));
  }
  await Promise.all(adds);
  while (delays.length < adds.length) await sleep(10);
  await queue.stop();
  delays.sort((a, b) => a - b);
  const at = (share: number): number =>
    delays[Math.min(Math.floor(delays.length * share), delays.length - 1)] as number;
  return { p50: at(0.5), p99: at(0.99), most: at(1) };
}

if (import.meta.main) {
  await bench(({ name, value, unit, limit }) => {
    const figure = unit === 'ms' ? value.toFixed(1) : Math.round(value).toLocaleString('en');
    console.log(
      `${name.padEnd(56)} ${figure.padStart(9)} ${unit}${limit === undefined ? '' : `   (${limit})`}`,
    );
  });
}
