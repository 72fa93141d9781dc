import { rm } from 'node:fs/promises';
import path from 'node:path';
import { debugText } from './debug.ts';
import { findFinal, keepFinal, sendFinal } from './final-report.ts';
import type { PilotJob } from './job.ts';
import { type JobPlace, JobWork, makePlace, readOwnWords } from './job-work.ts';
import type { QueueDescription } from './queue-description.ts';
import { writeRecord } from './record.ts';
import { Reporter } from './reporter.ts';
import type { AnswerFields } from './wire.ts';
import { pilotId, type Worker } from './worker.ts';

const ownReportBytes = 4 * 1024 * 1024;
const pilotLogChars = 1024;
/** How long a pilot that has to end tries to say so. */
const urgentMs = 5000;

/** One job from the answer of getJob to its acknowledged final report. */
export class JobRun {
  readonly #worker: Worker;
  readonly #job: PilotJob;
  readonly #queue: QueueDescription;
  readonly #sending = new AbortController();
  #work: JobWork | null = null;
  #isUrgent = false;

  constructor(worker: Worker, job: PilotJob, queue: QueueDescription) {
    this.#worker = worker;
    this.#job = job;
    this.#queue = queue;
  }

  /** The pilot has to end: the payload is ended and the job reported as failed, if that is possible in seconds. */
  terminate(): void {
    this.#isUrgent = true;
    this.#work?.stop('terminated', 'the pilot was told to end (SIGTERM)', true);
    setTimeout(() => this.#sending.abort(), urgentMs + 3500).unref();
  }

  /** Never throws for what goes wrong with the job. False = its final report waits on disk. */
  async run(): Promise<boolean> {
    const { options, log, own } = this.#worker;
    const job = this.#job;
    const place = await makePlace(own, job);
    log.into(path.join(place.folder, 'pilotlog.txt'));
    log.say(
      `job ${job.jobId}, attempt ${job.attempt}: ${job.transformation} ${job.parameters}`.slice(0, 2000),
    );
    const about = this.#about();
    const record = { jobId: job.jobId, attempt: job.attempt, about, payload: null };
    await writeRecord(place.around, record);
    const work = new JobWork(this.#worker, job, this.#queue, place);
    this.#work = work;
    if (this.#isUrgent) this.terminate();
    const reporter = this.#reporter(work, place, about);
    await work.run(record, () => reporter.become('running'));
    await keepFinal(place.around, await this.#final(work, place, about));
    await reporter.stop();
    const isAcknowledged = await this.#send(place);
    log.into(null);
    if (isAcknowledged && !options.keep) await rm(place.around, { recursive: true, force: true });
    return isAcknowledged;
  }

  #about(): AnswerFields {
    const { options } = this.#worker;
    return {
      jobId: this.#job.jobId,
      attemptNr: this.#job.attempt,
      siteName: this.#queue.siteName,
      node: options.node,
      schedulerID: options.schedulerId,
      pilotID: pilotId,
      startTime: Date.now() / 1000,
      coreCount: this.#job.cores,
    };
  }

  #reporter(work: JobWork, place: JobPlace, about: AnswerFields): Reporter {
    const { options, server, log } = this.#worker;
    return new Reporter({
      server,
      job: this.#job,
      about,
      heartbeatMs: options.heartbeatSeconds * 1000,
      debugHeartbeatMs: options.debugHeartbeatSeconds * 1000,
      lostAfterMs: options.lostAfterSeconds * 1000,
      debugText: (command) => debugText(place.folder, command, work.payloadPid),
      figures: () => figuresOf(work),
      killed: () => work.stop('killedByServer', 'This job was killed by panda server'),
      lost: (seconds) => work.stop('serverLost', `no report got through for ${seconds} s`),
      tell: log.say,
    });
  }

  async #final(work: JobWork, place: JobPlace, about: AnswerFields): Promise<AnswerFields> {
    const { problem, end, stored, timing } = work.outcome;
    const own = await readOwnError(place.folder);
    const metaData = await readOwnWords(place.folder, 'jobReport.json', ownReportBytes);
    return {
      ...about,
      ...figuresOf(work),
      state: problem === null ? 'finished' : 'failed',
      timestamp: new Date().toISOString(),
      xml: JSON.stringify(stored),
      ...(metaData === '' ? {} : { metaData }),
      pilotTiming: `0|${timing.stageIn}|${timing.payload}|${timing.stageOut}|0|${timing.setUp}`,
      pilotLog: problem === null ? '' : this.#worker.log.tail(pilotLogChars),
      nInputFiles: this.#job.inputs.length,
      endTime: Date.now() / 1000,
      ...(end === null ? {} : { cpuConsumptionTime: Math.round(end.cpuSeconds), cpuConsumptionUnit: 's' }),
      pilotErrorCode: problem?.wireCode ?? 0,
      pilotErrorDiag: problem?.message ?? '',
      transExitCode: end?.exitCode ?? 0,
      exeErrorCode: own.code,
      exeErrorDiag: own.diag,
    };
  }

  async #send(place: JobPlace): Promise<boolean> {
    const { options, server, log } = this.#worker;
    const fields = await findFinal(place.around);
    if (fields === null) return false;
    return sendFinal(server, fields, {
      forMs: this.#isUrgent ? urgentMs : options.reportPatienceSeconds * 1000,
      signal: this.#sending.signal,
      tell: log.say,
    });
  }
}

function figuresOf({ outcome: { peaks, end } }: JobWork): AnswerFields {
  return {
    ...(peaks.maxRSS > 0 ? peaks : {}),
    ...(end !== null && end.wallSeconds >= 1
      ? { meanCoreCount: Number((end.cpuSeconds / end.wallSeconds).toFixed(2)) }
      : {}),
  };
}

/** `payload_error_report.json`, by which a payload names its own error. */
async function readOwnError(folder: string): Promise<{ code: number; diag: string }> {
  const text = await readOwnWords(folder, 'payload_error_report.json', 65_536);
  try {
    const said = JSON.parse(text) as { error_code?: unknown; error_diag?: unknown };
    const code = Number(said.error_code);
    return { code: Number.isInteger(code) ? code : 0, diag: String(said.error_diag ?? '').slice(0, 500) };
  } catch {
    return { code: 0, diag: '' };
  }
}
