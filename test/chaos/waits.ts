import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from '../../server/src/core/db/index.ts';
import { createEvents, type Events } from '../../server/src/core/events/index.ts';
import { silentLog } from '../../server/src/core/log.ts';
import { adminToken, type Fleet, persist } from './fleet.ts';
import type { Ledger } from './ledger.ts';

/** Clients that wait for a ticket, and ask another server when theirs dies. */
export class Waits {
  readonly #fleet: Fleet;
  readonly #db: Db;
  readonly #events: Events;
  readonly #waiting = new Set<number>();
  readonly #changedAt = new Map<number, number>();
  readonly #wokenAt = new Map<number, number>();
  readonly #answers = new Map<string, number>();
  readonly #stop = new AbortController();
  #clients: Promise<void>[] = [];

  constructor(fleet: Fleet, db: Db) {
    this.#fleet = fleet;
    this.#db = db;
    this.#events = createEvents(db, silentLog, { perProcess: 1, perCaller: 1 });
  }

  get left(): number {
    return this.#waiting.size;
  }

  async open(count: number): Promise<void> {
    const rows = await persist(
      () => this.#db.sql<{ ticketId: number }[]>`
        insert into example.ticket (state, worker) select 'ready', 'waited for' from generate_series(1, ${count}::int)
        returning ticket_id`,
    );
    for (const { ticketId } of rows) {
      this.#waiting.add(ticketId);
      this.#clients.push(this.#wait(ticketId));
      if (this.#clients.length % 100 === 0) await sleep(50);
    }
  }

  async #wait(ticketId: number): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const answer = await this.#ask(ticketId);
      this.#answers.set(answer, (this.#answers.get(answer) ?? 0) + 1);
      if (answer === '200 done') {
        this.#wokenAt.set(ticketId, performance.now());
        this.#waiting.delete(ticketId);
        return;
      }
      await sleep(100 + Math.random() * 300);
    }
  }

  /** One request; its status and the state it told, or how it broke. */
  #ask(ticketId: number): Promise<string> {
    const { addresses } = this.#fleet;
    const address = addresses[Math.floor(Math.random() * addresses.length)];
    if (address === undefined) return Promise.resolve('no server');
    return new Promise((resolve) => {
      const headers = { authorization: `Bearer ${adminToken}`, prefer: 'wait=60', connection: 'close' };
      const asked = request(
        `${address}/api/example/tickets/${ticketId}?state=ready`,
        { headers, agent: false, timeout: 75_000, signal: this.#stop.signal },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk;
          });
          response.on('error', () => resolve('broken'));
          response.on('end', () => {
            const word = /"(?:state|code)":"([^"]+)"/.exec(text)?.[1] ?? '';
            resolve(`${response.statusCode} ${word}`);
          });
        },
      );
      asked.on('timeout', () => asked.destroy());
      asked.on('error', () => resolve('broken'));
      asked.end();
    });
  }

  /** Changes the tickets in random order, evenly over `seconds`. */
  async release(seconds: number, signal: AbortSignal): Promise<void> {
    const ids = [...this.#waiting].sort(() => Math.random() - 0.5);
    const start = performance.now();
    for (const [index, id] of ids.entries()) {
      const dueMs = (index * seconds * 1000) / ids.length - (performance.now() - start);
      if (dueMs > 0 && !signal.aborted) await sleep(dueMs);
      await persist(() =>
        this.#db.transaction(async (tx) => {
          await tx`update example.ticket set state = 'done' where ticket_id = ${id}`;
          await this.#events.publish(tx, 'example.ticket', String(id));
        }),
      );
      this.#changedAt.set(id, performance.now());
    }
  }

  async untilWoken(withinMs: number): Promise<void> {
    const deadline = Date.now() + withinMs;
    while (this.#waiting.size > 0 && Date.now() < deadline) await sleep(100);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#clients);
  }

  check(ledger: Ledger): void {
    console.log('\nwaits');
    const delays = [...this.#wokenAt]
      .map(([id, at]) => Math.max(0, at - (this.#changedAt.get(id) ?? at)))
      .sort((a, b) => a - b);
    const at = (share: number): number => Math.round(delays[Math.floor((delays.length - 1) * share)] ?? 0);
    ledger.demand('clients woken', this.#wokenAt.size, this.#clients.length);
    ledger.fact(
      'from the commit to the answer, middle, 99 %, longest (ms)',
      `${at(0.5)}, ${at(0.99)}, ${at(1)}`,
    );
    for (const [answer, n] of [...this.#answers].sort()) ledger.fact(`  answers ${answer}`, n);
    const wrong = [...this.#answers].filter(([answer]) => /^(500|4\d\d) /.test(answer));
    ledger.demand(
      'answers that blame the client or a bug',
      wrong.reduce((sum, [, n]) => sum + n, 0),
      0,
    );
  }
}
