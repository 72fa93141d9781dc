import { setTimeout as sleep } from 'node:timers/promises';
import { type Db, isConnectionLoss } from '../../server/src/core/db/index.ts';
import { silentLog } from '../../server/src/core/log.ts';
import { createQueue } from '../../server/src/core/queue/index.ts';
import { countTask, lingerTask } from '../support/example-service/count.task.ts';
import { persist } from './fleet.ts';
import type { Ledger } from './ledger.ts';

const perTransaction = 10;

/** Adds tasks and knows which were committed; each must take effect once. */
export class Tasks {
  readonly committed: number[] = [];
  readonly #db: Db;
  readonly #queue;
  #transactions = 0;
  #doubtful = 0;
  #rolledBack = 0;

  constructor(db: Db) {
    this.#db = db;
    this.#queue = createQueue({
      db,
      log: silentLog,
      processId: `chaos:${process.pid}`,
      tasks: [countTask, lingerTask],
    });
  }

  /** Adds `total` tasks evenly over `seconds`, ten in a transaction, one of them slow; every 20th transaction rolls back. */
  async add(total: number, seconds: number, signal?: AbortSignal): Promise<void> {
    const transactions = Math.ceil(total / perTransaction);
    const start = performance.now();
    for (let n = 0; n < transactions && signal?.aborted !== true; n++) {
      const dueMs = (n * seconds * 1000) / transactions - (performance.now() - start);
      if (dueMs > 0) await sleep(dueMs);
      if (n % 20 === 19) await this.#rollBack();
      this.committed.push(...(await this.#addOnce(Math.min(perTransaction, total - n * perTransaction))));
    }
  }

  /** One transaction, repeated until it is known to be committed, and never committed twice. */
  async #addOnce(count: number): Promise<number[]> {
    const mark = `chaos ${++this.#transactions}`;
    for (;;) {
      try {
        return await this.#insert(mark, count, false);
      } catch (error) {
        if (!isConnectionLoss(error)) throw error;
      }
      // The connection may have broken before or after the commit: the database knows.
      this.#doubtful++;
      const found = await persist(
        () =>
          this.#db.sql<{ ticketId: number }[]>`select ticket_id from example.ticket where worker = ${mark}`,
      );
      if (found.length > 0) return found.map((row) => row.ticketId);
    }
  }

  async #rollBack(): Promise<void> {
    const undone = new Error('undone');
    try {
      await this.#insert('rolled back', perTransaction, true, undone);
    } catch (error) {
      if (error !== undone && !isConnectionLoss(error)) throw error;
      this.#rolledBack += perTransaction;
    }
  }

  #insert(mark: string, count: number, isUndone: boolean, undone?: Error): Promise<number[]> {
    return this.#db.transaction(async (tx) => {
      const rows = await tx<{ ticketId: number }[]>`
        insert into example.ticket (state, worker) select 'claimed', ${mark} from generate_series(1, ${count}::int)
        returning ticket_id`;
      const [slow, ...quick] = rows.map((row) => row.ticketId) as [number, ...number[]];
      await this.#queue.addMany(
        tx,
        countTask,
        quick.map((ticketId) => ({ payload: { ticketId } })),
      );
      await this.#queue.add(tx, lingerTask, { ticketId: slow, seconds: 1 + Math.random() * 5 });
      if (isUndone) throw undone;
      return [slow, ...quick];
    });
  }

  /** The process that runs most tasks now, by its process id in the database. */
  async busiest(): Promise<{ pid: number; running: number } | undefined> {
    const [row] = await this.#db.sql<{ processId: string; running: number }[]>`
      select process_id, count(*)::int as running from core.task where state = 'running' group by process_id
      order by count(*) desc limit 1`;
    return row === undefined ? undefined : { pid: Number(row.processId.split(':')[1]), running: row.running };
  }

  async untilDone(withinMs: number): Promise<void> {
    const deadline = Date.now() + withinMs;
    while (Date.now() < deadline) {
      const [row] = await persist(
        () => this.#db.sql<{ left: number }[]>`select count(*)::int as left from core.task`,
      );
      if (row?.left === 0) return;
      await sleep(250);
    }
  }

  async check(ledger: Ledger): Promise<void> {
    const { sql } = this.#db;
    const effects = await sql<{ ticketId: number; n: number }[]>`
      select ticket_id, count(*)::int as n from example.effect group by ticket_id`;
    const expected = new Set(this.committed);
    const found = new Set(effects.map((row) => row.ticketId));
    console.log('\ntasks');
    ledger.fact('transactions that added tasks', this.#transactions);
    ledger.fact('  whose commit was in doubt when the connection broke', this.#doubtful);
    ledger.fact('tasks rolled back', this.#rolledBack);
    ledger.demand('tasks committed, each a ticket of its own', expected.size, this.committed.length);
    ledger.demand('  without an effect', [...expected].filter((id) => !found.has(id)).length, 0);
    ledger.demand('  with more than one effect', effects.filter((row) => row.n > 1).length, 0);
    ledger.demand(
      'effects of tasks that were not committed',
      [...found].filter((id) => !expected.has(id)).length,
      0,
    );
    const late = await sql`
      select from example.effect as mine join core.task_run as run
        on (run.payload->>'ticketId')::bigint = mine.ticket_id and run.kind like 'example.%'
      where run.outcome = 'lost' and run.fence = mine.fence and mine.at > run.ended_at`;
    ledger.demand('  under a fence that had been lost before', late.count, 0);
    const [row] = await sql<{ left: number; dead: number }[]>`
      select count(*)::int as left, count(*) filter (where state = 'dead')::int as dead from core.task`;
    ledger.demand('tasks left', row?.left ?? 0, 0);
    const runs = await sql<{ outcome: string; n: number }[]>`
      select outcome, count(*)::int as n from core.task_run where kind like 'example.%' group by outcome order by outcome`;
    for (const { outcome, n } of runs) ledger.fact(`  attempts ${outcome}`, n);
    const [done] = await sql<{ n: number }[]>`
      select count(*)::int as n from (
        select task_id from core.task_run where kind like 'example.%' and outcome = 'done'
        group by task_id having count(*) > 1) as twice`;
    ledger.demand('tasks finished twice', done?.n ?? 0, 0);
  }
}
