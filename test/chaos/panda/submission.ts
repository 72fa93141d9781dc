import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from '../../../server/src/core/db/index.ts';
import { orrery } from '../../support/orrery.ts';
import { persist } from '../fleet.ts';

export const queue = 'CHAOS';
const perCall = 20;

/** Submits jobs as an operator does, and knows which of them exist. */
export class Submission {
  readonly jobIds: number[] = [];
  doubtful = 0;
  readonly #folder: string;
  readonly #db: Db;
  readonly #script: string;
  #calls = 0;

  constructor(folder: string, db: Db, script: string) {
    this.#folder = folder;
    this.#db = db;
    this.#script = script;
  }

  /** `total` jobs, evenly over some seconds. */
  async submit(total: number, overSeconds: number, signal: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    const calls = Math.ceil(total / perCall);
    for (let n = 0; n < calls && !signal.aborted; n++) {
      const dueMs = (n * overSeconds * 1000) / calls - (performance.now() - startedAt);
      if (dueMs > 0) await sleep(dueMs, undefined, { signal }).catch(() => undefined);
      await this.#submitSome(Math.min(perCall, total - n * perCall));
    }
  }

  /** One call makes all of its jobs or none; the database knows when the answer is lost. */
  async #submitSome(count: number): Promise<void> {
    for (;;) {
      const label = `chaos-${++this.#calls}`;
      const jobs = Array.from({ length: count }, (_, n) => this.#job(`${label}-${n}`, label));
      const input = JSON.stringify(jobs);
      const { code, stdout } = await orrery(['panda', 'job', 'submit', '-', '--data', this.#folder], {
        input,
      });
      if (code === 0) {
        this.jobIds.push(...stdout.trim().split('\n').map(Number));
        return;
      }
      this.doubtful++;
      await sleep(2000);
      const found = await persist(
        () => this.#db.sql<{ jobId: number }[]>`
          select distinct job_id from panda.job_spec where attributes->>'workingGroupLabel' = ${label}`,
      );
      this.jobIds.push(...found.map(({ jobId }) => jobId));
      if (found.length > 0) return;
    }
  }

  #job(name: string, label: string): Record<string, unknown> {
    const seconds = (1 + Math.random() * 2).toFixed(1);
    const [output, log] = [`${name}.out`, `${name}.log.tgz`];
    return {
      jobName: name,
      workingGroupLabel: label,
      computingSite: queue,
      prodSourceLabel: 'user',
      maxAttempt: 3,
      transformation: '/trf/user/runLocal-00-00-01',
      jobPars: `${output} --run sh ${this.#script} ${seconds}`,
      outFiles: `${output},${log}`,
      logFile: log,
      scopeOut: 'user.chaos',
      scopeLog: 'user.chaos',
      ddmEndPointOut: 'LOCAL_DATADISK,LOCAL_DATADISK',
      realDatasets: 'user.chaos.out/,user.chaos.log/',
      destinationDblock: 'user.chaos.out,user.chaos.log',
    };
  }
}
