import type { PilotJob } from './job.ts';
import { messageOf } from './problems.ts';
import { backOffMs, type PandaServer } from './server.ts';
import { type AnswerFields, textOf } from './wire.ts';

export interface ReporterOptions {
  server: PandaServer;
  job: PilotJob;
  /** What every report of this pilot says besides. */
  about: AnswerFields;
  heartbeatMs: number;
  debugHeartbeatMs: number;
  lostAfterMs: number;
  /** Text for a heartbeat in debug mode. */
  debugText: (command: string) => Promise<string>;
  /** Figures that are reported with every heartbeat. */
  figures: () => AnswerFields;
  killed: () => void;
  lost: (seconds: number) => void;
  tell: (line: string) => void;
}

const longestBackOffMs = 30_000;

/** Reports one job while it goes on: state changes at once, heartbeats in between, and heeds what is answered. */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #ending = new AbortController();
  readonly #done: Promise<void>;
  #state: 'starting' | 'running' = 'starting';
  #isNew = true;
  #wake: () => void = () => {};
  #debugCommand: string | null;

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#debugCommand = options.job.isDebug ? '' : null;
    this.#done = this.#report();
  }

  /** Tells the server at once that the job is in this state. */
  become(state: 'starting' | 'running'): void {
    this.#state = state;
    this.#isNew = true;
    this.#wake();
  }

  /** After this nothing is sent any more that could overtake the final report. */
  async stop(): Promise<void> {
    this.#ending.abort();
    this.#wake();
    await this.#done;
  }

  async #report(): Promise<void> {
    const { lostAfterMs, lost, tell } = this.#options;
    const { signal } = this.#ending;
    let acknowledgedAt = performance.now();
    let failures = 0;
    while (!signal.aborted) {
      this.#isNew = false;
      let pauseMs: number;
      try {
        await this.#sendOne(signal);
        acknowledgedAt = performance.now();
        failures = 0;
        pauseMs = this.#debugCommand === null ? this.#options.heartbeatMs : this.#options.debugHeartbeatMs;
      } catch (error) {
        if (signal.aborted) return;
        failures++;
        pauseMs = Math.min(backOffMs(failures, longestBackOffMs), this.#options.heartbeatMs);
        tell(`a report did not get through: ${messageOf(error)}`);
        const silentMs = performance.now() - acknowledgedAt;
        if (lostAfterMs > 0 && silentMs > lostAfterMs) lost(Math.round(silentMs / 1000));
      }
      await this.#pause(pauseMs);
    }
  }

  async #sendOne(signal: AbortSignal): Promise<void> {
    const { server, about, figures, debugText } = this.#options;
    const stdout = this.#debugCommand === null ? {} : { stdout: await debugText(this.#debugCommand) };
    const answer = await server.call(
      'updateJob',
      {
        ...about,
        state: this.#state,
        timestamp: new Date().toISOString(),
        xml: '',
        metaData: '',
        ...figures(),
        ...stdout,
      },
      signal,
    );
    this.#heed(textOf(answer.command));
  }

  /** Commands come joined by commas; one with a space in it is to be run and its text sent with the heartbeats. */
  #heed(command: string): void {
    if (command === '') return;
    const { killed, tell } = this.#options;
    if (command.includes('tobekilled')) {
      tell('the server asks to kill the job');
      killed();
      return;
    }
    const words = command.split(',').map((word) => word.trim());
    const toRun = words.find((word) => /^(tail|ls|ps|gdb|du)( |$)/.test(word) && !word.includes(';'));
    if (toRun === undefined && !words.includes('debug')) {
      tell(`the server says "${command}"`);
      return;
    }
    if (this.#debugCommand === (toRun ?? '')) return;
    const wasOff = this.#debugCommand === null;
    this.#debugCommand = toRun ?? '';
    tell(`debug mode${toRun === undefined ? '' : `: ${toRun}`}`);
    if (wasOff || toRun !== undefined) this.become(this.#state);
  }

  /** Ends early when there is something new to say. */
  #pause(milliseconds: number): Promise<void> {
    if (this.#isNew || this.#ending.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
