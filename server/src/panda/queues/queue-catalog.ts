import type { Sql } from '../../core/db/index.ts';
import { listDocuments, listStates, type Queue } from './queues.store.ts';

/** How long a process may go on with what it knows. */
const freshMs = 1000;

/**
 * What a process knows of the queues. Every request of a pilot asks it, so the database is asked once a second for
 * their states, and for a document only when its version is new.
 */
export class QueueCatalog {
  readonly #sql: Sql;
  #known = new Map<string, Queue>();
  #reading: Promise<ReadonlyMap<string, Queue>> | undefined;
  #readAtMs = 0;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(name: string): Promise<Queue | null> {
    return (await this.#current()).get(name) ?? null;
  }

  async list(): Promise<readonly Queue[]> {
    return [...(await this.#current()).values()];
  }

  /** The next question reads the database. */
  forget(): void {
    this.#reading = undefined;
  }

  #current(): Promise<ReadonlyMap<string, Queue>> {
    const nowMs = performance.now();
    if (this.#reading !== undefined && nowMs - this.#readAtMs < freshMs) return this.#reading;
    this.#readAtMs = nowMs;
    const reading = this.#read();
    // A failed reading is not remembered.
    reading.catch(() => this.forget());
    this.#reading = reading;
    return reading;
  }

  async #read(): Promise<ReadonlyMap<string, Queue>> {
    const states = await listStates(this.#sql);
    const known = this.#known;
    const stale = states.filter(({ queue, version }) => known.get(queue)?.version !== version);
    const documents = new Map(
      stale.length === 0
        ? []
        : (
            await listDocuments(
              this.#sql,
              stale.map(({ queue }) => queue),
            )
          ).map((row) => [row.queue, row]),
    );
    const next = new Map<string, Queue>();
    for (const state of states) {
      const document = documents.get(state.queue)?.document ?? known.get(state.queue)?.document;
      // Gone between the two statements, which nothing does but the next reading will know.
      if (document !== undefined) {
        // The version of the document, not of the state: one changed in between is read again.
        const version = documents.get(state.queue)?.version ?? state.version;
        next.set(state.queue, { ...state, version, document });
      }
    }
    this.#known = next;
    return next;
  }
}
