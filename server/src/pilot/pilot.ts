import { mkdir, readFile, statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Access } from './access.ts';
import { type PilotJob, readJob } from './job.ts';
import { JobRun } from './job-run.ts';
import { adoptLeftovers, makeOwn, reportLeftovers } from './leftovers.ts';
import type { PilotOptions } from './options.ts';
import { PilotLog } from './pilot-log.ts';
import { messageOf, problemCodes } from './problems.ts';
import { endOthersOfUser, othersOfUser } from './processes.ts';
import { fetchQueue, type QueueDescription } from './queue-description.ts';
import { renewToken } from './renewal.ts';
import { backOffMs, PandaServer, Refusal } from './server.ts';
import { numberOf, textOf } from './wire.ts';
import { pilotVersion, type Worker } from './worker.ts';

/** How a pilot ended, as the exit code of its program; the numbers are those of the other commands. */
const pilotExits = { done: 0, refused: 4, reportLeft: 7 } as const;

const noJobs = 20;
const invalidRole = 60;
/** The description of the queue is asked for again when it is older. */
const descriptionMs = 30_000;
/** A refusal may be one of a server that is just starting, or end with a new token. */
const refusalsInARow = 5;
/** How long a pilot that is told to end waits for the answer to its question. */
const answerMs = 2000;

/** Takes jobs of one queue and runs them until there is nothing more to do, or `stopping` aborts. */
export async function runPilot(options: PilotOptions, stopping: AbortSignal): Promise<number> {
  const log = new PilotLog();
  const access = new Access({
    tokenFile: options.tokenFile,
    origin: options.origin,
    forgetFile: options.forgetToken,
  });
  await access.load();
  const server = new PandaServer({
    addresses: options.servers,
    access,
    userAgent: `orrery-pilot/${pilotVersion} (Node ${process.versions.node}; ${process.platform} ${process.arch})`,
    ca: options.caFile === undefined ? undefined : await readFile(options.caFile),
  });
  await mkdir(options.work, { recursive: true });
  const { own, leave } = await makeOwn(options.work);
  const worker: Worker = { options, server, log, own };
  const renewal =
    options.tokenKeyFile === undefined ? null : renewToken(server, access, options.tokenKeyFile, log.say);
  const leftovers = reportLeftovers(worker, await adoptLeftovers(worker), stopping);
  try {
    await tellWorker(worker, 'started');
    const exit = await new Pilot(worker, access, stopping).run();
    const isAll = await leftovers;
    await tellWorker(worker, 'finished');
    return exit === pilotExits.done && !isAll ? pilotExits.reportLeft : exit;
  } finally {
    renewal?.stop();
    await leave();
  }
}

/** Harvester's table of workers hears of it; what goes wrong there is no matter of the jobs. */
async function tellWorker({ server, options, log }: Worker, status: 'started' | 'finished'): Promise<void> {
  const { harvesterId, workerId, queue, node } = options;
  if (harvesterId === undefined || workerId === undefined) return;
  const fields = { site: queue, workerID: workerId, harvesterID: harvesterId, status, node_id: node };
  try {
    await server.call('updateWorkerPilotStatus', fields, AbortSignal.timeout(5000));
  } catch (error) {
    log.say(`worker status "${status}" was not told: ${messageOf(error)}`);
  }
}

class Pilot {
  readonly #worker: Worker;
  readonly #access: Access;
  readonly #stopping: AbortSignal;
  readonly #startedAt = performance.now();
  #description: { queue: QueueDescription; at: number } | null = null;
  #failures = 0;
  #refusals = 0;
  #isLeft = false;
  /** Only where it is so: what was there before us is not ours to end. */
  readonly #isSoleUser: boolean;
  /** A job that is being given to us while we are told to end is reported, not lost. */
  readonly #givingUp = new AbortController();

  constructor(worker: Worker, access: Access, stopping: AbortSignal) {
    this.#worker = worker;
    this.#access = access;
    this.#stopping = stopping;
    this.#isSoleUser = worker.options.isSoleUser && othersOfUser().length === 0;
    const giveUp = (): void => {
      setTimeout(() => this.#givingUp.abort(), answerMs).unref();
    };
    stopping.addEventListener('abort', giveUp);
    if (stopping.aborted) giveUp();
  }

  async run(): Promise<number> {
    const { log } = this.#worker;
    let idleSince = performance.now();
    let jobs = 0;
    while (!this.#stopping.aborted && !this.#isOver(jobs, idleSince)) {
      const found = await this.#nextJob();
      if (this.#refusals >= refusalsInARow) return pilotExits.refused;
      if (found === null) continue;
      jobs++;
      const run = new JobRun(this.#worker, found.job, found.queue);
      const terminate = (): void => run.terminate();
      this.#stopping.addEventListener('abort', terminate);
      if (this.#stopping.aborted) terminate();
      if (!(await run.run())) this.#isLeft = true;
      // The next job may be somebody else's: it is not begun beside what this one left behind.
      if (this.#isSoleUser && !(await endOthersOfUser())) {
        log.say('something of the last job cannot be ended; no other is begun beside it');
        break;
      }
      this.#stopping.removeEventListener('abort', terminate);
      idleSince = performance.now();
    }
    log.say(`${jobs} jobs in ${Math.round((performance.now() - this.#startedAt) / 1000)} s; the pilot ends`);
    return this.#isLeft ? pilotExits.reportLeft : pilotExits.done;
  }

  #isOver(jobs: number, idleSince: number): boolean {
    const { options } = this.#worker;
    const now = performance.now();
    if (options.jobs > 0 && jobs >= options.jobs) return true;
    if (options.lifetimeSeconds > 0 && now - this.#startedAt > options.lifetimeSeconds * 1000) return true;
    return options.idleSeconds > 0 && now - idleSince > options.idleSeconds * 1000;
  }

  /** One question; null = none now, after a pause. */
  async #nextJob(): Promise<{ job: PilotJob; queue: QueueDescription } | null> {
    const { options, log } = this.#worker;
    try {
      const queue = await this.#describe();
      if (queue.closed !== null) {
        log.say(`the queue ${options.queue} gives no jobs: ${queue.closed}`);
        this.#description = null;
        await this.#pause(4000 * options.pollSeconds);
        return null;
      }
      const askedAt = performance.now();
      const job = await this.#askForJob(queue);
      this.#failures = 0;
      if (job !== null) return { job, queue };
      this.#refusals = 0;
      // A server that has waited for us is asked again at once.
      const waitedMs = performance.now() - askedAt;
      const pauseMs = options.pollSeconds * 1000 * (0.75 + Math.random() / 2);
      await this.#pause(Math.max(50, pauseMs - waitedMs));
    } catch (error) {
      if (this.#stopping.aborted) return null;
      this.#failures++;
      log.say(`no job: ${messageOf(error)}`);
      if (error instanceof Refusal) {
        this.#refusals++;
        await this.#access.load().catch(() => undefined);
      }
      await this.#pause(backOffMs(this.#failures, 30_000));
    }
    return null;
  }

  async #describe(): Promise<QueueDescription> {
    const known = this.#description;
    if (known !== null && performance.now() - known.at < descriptionMs) return known.queue;
    try {
      const queue = await fetchQueue(this.#worker.server, this.#worker.options.queue);
      this.#description = { queue, at: performance.now() };
      return queue;
    } catch (error) {
      if (known !== null && !(error instanceof Refusal)) return known.queue;
      throw error;
    }
  }

  async #askForJob(queue: QueueDescription): Promise<PilotJob | null> {
    const { server, options } = this.#worker;
    const answer = await server.call('getJob', await this.#wish(queue), this.#givingUp.signal, 120_000);
    const code = numberOf(answer.StatusCode, -1);
    if (code === noJobs) return null;
    const words = textOf(answer.errorDialog) || `StatusCode ${code}`;
    if (code === invalidRole) throw new Refusal(403, `the server refuses: ${words}`);
    if (code !== 0) throw new Error(`the server answered: ${words}`);
    this.#refusals = 0;
    if (textOf(answer.PandaID) === '') return null;
    try {
      return readJob(answer);
    } catch (error) {
      const why = messageOf(error);
      await server.call('updateJob', {
        jobId: textOf(answer.PandaID),
        attemptNr: numberOf(answer.attemptNr),
        state: 'failed',
        siteName: queue.siteName,
        node: options.node,
        xml: '{}',
        pilotErrorCode: problemCodes.setupFailed,
        pilotErrorDiag: why.slice(0, 500),
      });
      throw error;
    }
  }

  async #wish(queue: QueueDescription): Promise<Record<string, unknown>> {
    const { options } = this.#worker;
    const memory = [options.memoryMb, queue.maxMemoryMb].filter((mb) => mb > 0);
    // Whoever limits our life counts on no longer job than this.
    const longestSeconds = options.lifetimeSeconds > 0 ? queue.maxWallSeconds : 0;
    return {
      siteName: queue.siteName,
      computingElement: options.queue,
      prodSourceLabel: options.label,
      node: options.node,
      mem: memory.length > 0 ? Math.min(...memory) : Math.round(totalmem() / 1_048_576),
      diskSpace: await freeMb(options.work, queue.maxWorkMb),
      schedulerID: options.schedulerId,
      ...(options.waitSeconds > 0 ? { wait: options.waitSeconds } : {}),
      ...(longestSeconds > 0 ? { remaining_time: longestSeconds } : {}),
      ...(options.harvesterId === undefined ? {} : { harvester_id: options.harvesterId }),
      ...(options.workerId === undefined ? {} : { worker_id: options.workerId }),
    };
  }

  async #pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#stopping }).catch(() => undefined);
  }
}

/** MB on the disk of the jobs, no more than the queue allows. */
async function freeMb(folder: string, mostMb: number): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  const freeOnes = Math.floor((bavail * bsize) / 1_048_576);
  return mostMb > 0 ? Math.min(mostMb, freeOnes) : freeOnes;
}
