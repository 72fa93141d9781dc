import type { Tx } from '../db/index.ts';
import type { OnChange } from './backend.ts';
import { type RunChange, type RunRow, toRun, updateState } from './run.store.ts';
import type { RunState } from './run.ts';

/** Changes states and tells the owner in the same transaction, so that both stand or fall together. */
export class Announcer {
  readonly #told = new Map<string, OnChange>();

  register(module: string, told: OnChange): void {
    if (this.#told.has(module)) throw new Error(`${module} has registered for its runs already.`);
    this.#told.set(module, told);
  }

  /** False when the run is not in a state from which it may go to `to`. */
  async change(tx: Tx, runId: string, to: RunState, change: RunChange = {}): Promise<RunRow | null> {
    const row = await updateState(tx, runId, to, change);
    if (row !== null) await this.#told.get(row.ownerModule)?.(tx, toRun(row));
    return row;
  }
}
