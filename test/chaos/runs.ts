import { setTimeout as sleep } from 'node:timers/promises';
import { type Compute, createCompute } from '../../server/src/core/compute/index.ts';
import { type Db, isConnectionLoss } from '../../server/src/core/db/index.ts';
import { silentLog } from '../../server/src/core/log.ts';
import { persist } from './fleet.ts';
import type { Ledger } from './ledger.ts';

/** Commands that run for some seconds and end with a status we know; servers come and go meanwhile. */
export class Runs {
  readonly #db: Db;
  readonly #compute: Compute;
  readonly #expected = new Map<string, number>();

  constructor(db: Db, dataDir: string) {
    this.#db = db;
    this.#compute = createCompute({
      db,
      log: silentLog,
      dataDir,
      processId: `chaos:${process.pid}`,
      local: { slots: 1, allowUnisolated: true, network: 'none', firstUid: 61_000 },
    });
  }

  async submit(total: number, seconds: number, signal: AbortSignal): Promise<void> {
    for (let n = 0; n < total && !signal.aborted; n++) {
      const code = Math.floor(Math.random() * 100);
      this.#expected.set(await this.#submitOne(code, 3 + Math.round(Math.random() * 12)), code);
      await sleep((seconds * 1000) / total);
    }
  }

  /** Submits one; the id is made before the commit, so that a broken connection leaves no doubt. */
  async #submitOne(code: number, seconds: number): Promise<string> {
    for (;;) {
      let runId: string | undefined;
      try {
        await this.#db.transaction(async (tx) => {
          runId = await this.#compute.submit(tx, {
            owner: { module: 'example', kind: 'run', id: String(code) },
            fairKey: 'chaos',
            command: ['sh', '-c', `echo begin; sleep ${seconds}; echo end; exit ${code}`],
            environment: {},
            inputs: [],
            limits: { memoryMb: 64, processes: 16, wallSeconds: 300, outputMb: 4 },
            asAdmin: true,
          });
        });
        return runId as string;
      } catch (error) {
        if (!isConnectionLoss(error)) throw error;
        const id = runId;
        if (id !== undefined && (await persist(() => this.#compute.states([id]))).length === 1) return id;
      }
    }
  }

  async untilEnded(withinMs: number): Promise<void> {
    const deadline = Date.now() + withinMs;
    const ids = [...this.#expected.keys()];
    while (Date.now() < deadline) {
      const states = await persist(() => this.#compute.states(ids));
      if (states.every((run) => run.state === 'ended')) return;
      await sleep(500);
    }
  }

  async check(ledger: Ledger): Promise<void> {
    console.log('\nlocal runs');
    const runs = await this.#compute.states([...this.#expected.keys()]);
    ledger.demand('known', runs.length, this.#expected.size);
    const wrong = runs.filter(
      (run) => run.exit?.reason !== 'exited' || run.exit.code !== this.#expected.get(run.runId),
    );
    for (const run of wrong.slice(0, 5)) {
      ledger.note(
        `run ${run.runId}: ${run.state}, ${JSON.stringify(run.exit)} instead of ${this.#expected.get(run.runId)}`,
      );
    }
    ledger.demand('that did not end in their true state', wrong.length, 0);
    let torn = 0;
    for (const run of runs) {
      const { bytes } = await this.#compute.readLog(run.runId, 'stdout', 0, 1000);
      if (bytes.toString() !== 'begin\nend\n') torn++;
    }
    ledger.demand('that did not run exactly once, by what they printed', torn, 0);
  }
}
