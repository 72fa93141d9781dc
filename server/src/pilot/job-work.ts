import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PilotJob } from './job.ts';
import { writeLogArchive } from './log-archive.ts';
import { Payload, type PayloadEnd } from './payload.ts';
import { JobProblem, messageOf, type ProblemName } from './problems.ts';
import { startOf } from './processes.ts';
import type { QueueDescription } from './queue-description.ts';
import { type JobRecord, writeRecord } from './record.ts';
import { download } from './request.ts';
import { persist } from './server.ts';
import { type StageContext, stageIn } from './stage-in.ts';
import { type OutputReport, stageOut, stageOutFile } from './stage-out.ts';
import { isPlainName } from './storage.ts';
import { type Limits, type Peaks, watchPayload } from './watch.ts';
import type { Worker } from './worker.ts';

/** What comes of a job, step by step; the report is made of it. */
export interface Outcome {
  problem: JobProblem | null;
  end: PayloadEnd | null;
  stored: OutputReport;
  peaks: Peaks;
  /** Seconds: stage-in, payload, stage-out, set-up. */
  timing: { stageIn: number; payload: number; stageOut: number; setUp: number };
}

export interface JobPlace {
  /** Ours, about the job. */
  around: string;
  /** Where the transformation runs. */
  folder: string;
}

const stdoutMb = 2048;
const secretsFile = 'panda_secrets.json';
const graceMs = 10_000;
const urgentGraceMs = 3000;
const hitTogetherMs = 300;
/** A payload is ended when it takes so many times the memory it asked for (pilot3 3.11.5.1, pilot_rss_grace). */
const memoryGrace = 2;

/** The work on one job from its arrival to its log; nothing here is reported, and nothing is thrown. */
export class JobWork {
  readonly outcome: Outcome = {
    problem: null,
    end: null,
    stored: {},
    peaks: { maxRSS: 0, maxVMEM: 0, maxPSS: 0 },
    timing: { stageIn: 0, payload: 0, stageOut: 0, setUp: 0 },
  };
  readonly #worker: Worker;
  readonly #job: PilotJob;
  readonly #queue: QueueDescription;
  readonly #place: JobPlace;
  readonly #stopping = new AbortController();
  #payload: Payload | null = null;
  #isUrgent = false;

  constructor(worker: Worker, job: PilotJob, queue: QueueDescription, place: JobPlace) {
    this.#worker = worker;
    this.#job = job;
    this.#queue = queue;
    this.#place = place;
  }

  get payloadPid(): number | null {
    return this.#payload?.pid ?? null;
  }

  /** Ends the job for this reason, wherever it is; the first one counts. `urgent`: the pilot itself has to end. */
  stop(name: ProblemName, diag: string, urgent = false): void {
    this.#isUrgent ||= urgent;
    if (this.#stopping.signal.aborted) return;
    const problem = new JobProblem(name, diag);
    this.#stopping.abort(problem);
    this.#payload?.stop(problem);
  }

  /** Runs the job; `started` is told when the payload runs. */
  async run(record: JobRecord, started: () => void): Promise<void> {
    try {
      await this.#work(record, started);
    } catch (error) {
      const { signal } = this.#stopping;
      this.outcome.problem = signal.aborted ? (signal.reason as JobProblem) : asProblem(error);
      this.#worker.log.say(`the job failed: ${this.outcome.problem.message}`);
    }
    if (!this.#isUrgent) await this.#storeLog();
  }

  async #work(record: JobRecord, started: () => void): Promise<void> {
    const { outcome } = this;
    const job = this.#job;
    if (job.beyondUs !== '') throw new JobProblem('setupFailed', `this pilot does not run ${job.beyondUs}`);
    const transformation = await timed(outcome.timing, 'setUp', () => this.#fetchTransformation());
    await timed(outcome.timing, 'stageIn', () => stageIn(job, this.#staging()));
    this.#stopping.signal.throwIfAborted();
    const end = await timed(outcome.timing, 'payload', () =>
      this.#runPayload(transformation, record, started),
    );
    outcome.end = end;
    // Whoever ends a whole tree hits payload and pilot alike; which of the two notices first is chance.
    if (end.exitCode > 128)
      await sleep(hitTogetherMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    this.#stopping.signal.throwIfAborted();
    if (end.exitCode !== 0)
      throw new JobProblem('payloadFailed', `the payload ended with exit code ${end.exitCode}`);
    await timed(outcome.timing, 'stageOut', () => stageOut(job, this.#staging(), outcome.stored));
    this.#stopping.signal.throwIfAborted();
  }

  #staging(signal = this.#stopping.signal): StageContext {
    const { server, options, log } = this.#worker;
    return {
      server,
      folder: this.#place.folder,
      signal,
      patienceMs: options.patienceSeconds * 1000,
      tell: log.say,
    };
  }

  /** Only from where transformations may come from: whoever writes a job does not choose what host is asked. */
  async #fetchTransformation(): Promise<string> {
    const { server, options, log } = this.#worker;
    const named = this.#job.transformation;
    const url = named.startsWith('/') ? `${server.address}${named}` : named;
    const name = path.posix.basename(new URL(url, server.address).pathname);
    if (
      !options.bases.some((base) => url.startsWith(`${base}/`)) ||
      url.includes('/../') ||
      !isPlainName(name)
    ) {
      throw new JobProblem('transformationMissing', `${url} is not below ${options.bases.join(' or ')}`);
    }
    const file = path.join(this.#place.folder, name);
    const { signal } = this.#stopping;
    const fetchIt = () =>
      download(this.#reachable(url), file, { headers: server.headersFor(url), ca: server.ca, signal });
    try {
      await persist(fetchIt, {
        forMs: options.patienceSeconds * 1000,
        longestMs: 10_000,
        signal,
        tell: log.say,
      });
    } catch (error) {
      throw new JobProblem('transformationMissing', `${url} could not be downloaded: ${messageOf(error)}`);
    }
    await chmod(file, 0o755);
    if (this.#job.secrets !== '') {
      await writeFile(path.join(this.#place.folder, secretsFile), this.#job.secrets, { mode: 0o600 });
    }
    return name;
  }

  /** With several addresses of one server, the one that answers stands for all of them. */
  #reachable(url: string): string {
    const { server, options } = this.#worker;
    const ours = [...server.addresses, ...options.aliases].find((address) => url.startsWith(`${address}/`));
    return ours === undefined ? url : `${server.address}${url.slice(ours.length)}`;
  }

  async #runPayload(transformation: string, record: JobRecord, started: () => void): Promise<PayloadEnd> {
    const { around, folder } = this.#place;
    const { options } = this.#worker;
    const limits = this.#limits();
    const payload = await Payload.start({
      job: this.#job,
      transformation,
      folder,
      around,
      maxFileMb: limits.workMb,
      // Whoever takes the token away from its file does not leave it to be read in the memory.
      isApart: options.forgetToken,
      graceMs: this.#isUrgent ? urgentGraceMs : graceMs,
    });
    this.#payload = payload;
    const { pid, mark } = payload;
    await writeRecord(around, { ...record, payload: { pid, start: startOf(pid), mark } });
    started();
    const { signal } = this.#stopping;
    if (signal.aborted) payload.stop(signal.reason as JobProblem);
    const watching = watchPayload(payload, folder, limits, this.outcome.peaks).catch((error: unknown) => {
      this.#worker.log.say(`the payload is not watched: ${messageOf(error)}`);
    });
    const end = await payload.end();
    void watching;
    if (options.keep) this.#worker.log.say(`the payload ran ${end.wallSeconds.toFixed(1)} s in ${folder}`);
    return end;
  }

  #limits(): Limits {
    const { options } = this.#worker;
    const job = this.#job;
    const queue = this.#queue;
    return {
      memoryMb: smallest(memoryGrace * job.memoryMb, options.memoryMb, queue.maxMemoryMb),
      wallSeconds: smallest(job.wallSeconds, queue.maxWallSeconds),
      workMb: queue.maxWorkMb,
      stdoutMb,
      loopingSeconds: job.checksLooping ? options.loopingSeconds : 0,
    };
  }

  /** The log goes where the job says, whatever became of the job; without it a job that succeeded has failed. */
  async #storeLog(): Promise<void> {
    const { log } = this.#job;
    if (log === null) return;
    const { jobId, inputs, outputs } = this.#job;
    const { around, folder } = this.#place;
    const without = new Set([secretsFile, ...[...inputs, ...outputs].map(({ lfn }) => lfn)]);
    const file = path.join(around, 'log.tar.gz');
    const giveUp = AbortSignal.timeout(this.#worker.options.patienceSeconds * 1000 + 60_000);
    try {
      await writeLogArchive(folder, file, `tarball_PandaJob_${jobId}_${this.#queue.siteName}`, without);
      this.outcome.stored[log.lfn] = await stageOutFile(log, file, this.#staging(giveUp));
    } catch (error) {
      this.outcome.problem ??=
        error instanceof JobProblem ? error : new JobProblem('logNotMade', messageOf(error));
      this.#worker.log.say(`the log is not stored: ${messageOf(error)}`);
    }
  }
}

/** Makes the folders of a job; nothing of an earlier one is there. */
export async function makePlace(own: string, job: PilotJob): Promise<JobPlace> {
  const around = path.join(own, `job-${job.jobId}-${job.attempt}`);
  const folder = path.join(around, `PanDA_Pilot-${job.jobId}`);
  await mkdir(folder, { recursive: true });
  return { around, folder };
}

/** What a payload says of its own failure, or of its work. */
export async function readOwnWords(folder: string, name: string, maxBytes: number): Promise<string> {
  const text = await readFile(path.join(folder, name), 'utf8').catch(() => '');
  return text.length > maxBytes ? '' : text;
}

function smallest(...limits: number[]): number {
  const set = limits.filter((limit) => limit > 0);
  return set.length === 0 ? 0 : Math.min(...set);
}

function asProblem(error: unknown): JobProblem {
  if (error instanceof JobProblem) return error;
  const code = error instanceof Error && 'code' in error ? error.code : '';
  return code === 'ENOSPC'
    ? new JobProblem('noLocalSpace', 'there is no space left on the disk of this host')
    : new JobProblem('setupFailed', messageOf(error));
}

async function timed<K extends string, T>(
  seconds: Record<K, number>,
  step: K,
  work: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  try {
    return await work();
  } finally {
    seconds[step] = Math.round((performance.now() - startedAt) / 1000);
  }
}
