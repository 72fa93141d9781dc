import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from '../../../server/src/core/db/index.ts';
import { type Fleet, persist } from '../fleet.ts';
import { ask, askUntilAnswered } from './ask.ts';
import { fieldsOf, type Kind, kindOf } from './kinds.ts';
import { contentOf, type Witness } from './witness.ts';

/** One job, and what was done to it. */
export interface Trial {
  jobId: string;
  /** Its run id, unique for each attempt to create it. */
  label: string;
  kind: Kind;
  /** Set before the first request that deletes it is sent. */
  isDeleted: boolean;
  /** Bytes of its input, if it has one. */
  input: Buffer | null;
}

export const jobList = '/rest/trial';

/** Makes jobs, runs, aborts and deletes them as a client would, however often the connection breaks. */
export class Trials {
  readonly all: Trial[] = [];
  /** Creations whose connection broke after they may have been committed. */
  doubtful = 0;
  readonly #fleet: Fleet;
  readonly #db: Db;
  readonly #witness: Witness;
  #count = 0;

  constructor(fleet: Fleet, db: Db, witness: Witness) {
    this.#fleet = fleet;
    this.#db = db;
    this.#witness = witness;
  }

  /** A job of the next kind; with `isStarted` it is created with PHASE=RUN. */
  async create(isStarted: boolean): Promise<Trial> {
    const number = this.#count++;
    const kind = kindOf(number);
    for (let attempt = 1; ; attempt++) {
      const label = `${kind}-${number}-${attempt}`;
      const jobId = await this.#createOnce(label, kind, isStarted);
      if (jobId === null) continue;
      const trial = { jobId, label, kind, isDeleted: false, input: this.#inputOf(label, kind) };
      this.all.push(trial);
      return trial;
    }
  }

  async #createOnce(label: string, kind: Kind, isStarted: boolean): Promise<string | null> {
    const form = {
      ...fieldsOf(kind),
      LABEL: label,
      WITNESS: String(this.#witness.port),
      RUNID: label,
      ...(kind === 'fetching' ? { input: this.#witness.fileFor(label) } : {}),
      ...(isStarted ? { PHASE: 'RUN' } : {}),
    };
    const file = kind === 'uploading' ? { file: { name: 'input', content: contentOf(`/${label}.bin`) } } : {};
    const answer = await ask(this.#fleet, jobList, { method: 'POST', form, ...file });
    if (answer?.status === 303) return answer.location.split('/').at(-1) ?? null;
    if (answer !== null && answer.status !== 503) {
      throw new Error(`a job was refused with ${answer.status}: ${answer.body.toString().slice(0, 300)}`);
    }
    // The commit may have come before the break or may still come: the database knows after a moment.
    this.doubtful++;
    await sleep(2000);
    const [found] = await persist(
      () => this.#db.sql<{ jobId: string }[]>`select job_id from uws.job where run_id = ${label}`,
    );
    return found?.jobId ?? null;
  }

  #inputOf(label: string, kind: Kind): Buffer | null {
    return kind === 'fetching' || kind === 'uploading' ? contentOf(`/${label}.bin`) : null;
  }

  /** RUN; a 403 says that an earlier attempt whose answer was lost has done it. */
  async start({ jobId }: Trial): Promise<void> {
    const question = { method: 'POST', form: { PHASE: 'RUN' } } as const;
    const { status, body } = await askUntilAnswered(this.#fleet, `${jobList}/${jobId}/phase`, question);
    if (status !== 303 && status !== 403) throw new Error(`RUN was answered with ${status}: ${body}`);
  }

  /** Aborts or deletes a job of such a kind some time after it was started. */
  async disturb(trial: Trial): Promise<void> {
    const url = `${jobList}/${trial.jobId}`;
    if (trial.kind !== 'aborted' && trial.kind !== 'deleted') return;
    await sleep(Math.random() * 20_000);
    trial.isDeleted = trial.kind === 'deleted';
    const question = trial.isDeleted
      ? ({ method: 'DELETE' } as const)
      : ({ method: 'POST', form: { PHASE: 'ABORT' } } as const);
    const { status, body } = await askUntilAnswered(
      this.#fleet,
      trial.isDeleted ? url : `${url}/phase`,
      question,
    );
    const isGone = trial.isDeleted && status === 404;
    if (status !== 303 && !isGone) throw new Error(`${trial.kind}: ${status} ${body}`);
  }
}
