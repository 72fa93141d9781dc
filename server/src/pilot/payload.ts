import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { apartFromUs } from './apart.ts';
import type { PilotJob } from './job.ts';
import type { JobProblem } from './problems.ts';
import { signalTree } from './processes.ts';

/** How a payload ended by itself. */
export interface PayloadEnd {
  exitCode: number;
  wallSeconds: number;
  /** Of all its processes that were waited for. */
  cpuSeconds: number;
}

export interface PayloadOptions {
  job: PilotJob;
  /** Name of the transformation in `folder`. */
  transformation: string;
  /** Where it runs. */
  folder: string;
  /** Beside it: files of ours about it. */
  around: string;
  maxFileMb: number;
  /** It is not to reach the pilot, where the system allows that. */
  isApart: boolean;
  /** From TERM to KILL. */
  graceMs: number;
}

/** A running transformation, in a session of its own. */
export class Payload {
  readonly pid: number;
  /** Words in the environment of all its processes. */
  readonly mark: string;
  readonly #ended: Promise<PayloadEnd>;
  readonly #graceMs: number;
  #problem: JobProblem | null = null;
  #isOver = false;

  private constructor(pid: number, mark: string, graceMs: number, ended: Promise<PayloadEnd>) {
    this.pid = pid;
    this.mark = mark;
    this.#graceMs = graceMs;
    this.#ended = ended.finally(() => {
      this.#isOver = true;
      // What it left behind in the background goes with it.
      signalTree(pid, mark, 'SIGKILL');
    });
    this.#ended.catch(() => undefined);
  }

  static async start(options: PayloadOptions): Promise<Payload> {
    const { job, folder, around } = options;
    const script = path.join(around, 'payload.sh');
    await writeFile(script, scriptOf(options), { mode: 0o700 });
    const mark = `ORRERY_PILOT_JOB=${job.jobId}-${job.attempt}-${process.pid}`;
    const shell = existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh';
    const [program = shell, ...words] = [...(options.isApart ? await apartFromUs() : []), shell, script];
    const stdout = openSync(path.join(folder, 'payload.stdout'), 'a');
    const stderr = openSync(path.join(folder, 'payload.stderr'), 'a');
    const startedAt = performance.now();
    try {
      const child = spawn(program, words, {
        cwd: folder,
        detached: true,
        stdio: ['ignore', stdout, stderr],
        env: environmentOf(job, folder, mark),
      });
      const ended = once(child, 'exit').then(async ([code, signal]) => ({
        exitCode: exitCodeOf(code as number | null, signal as NodeJS.Signals | null),
        wallSeconds: (performance.now() - startedAt) / 1000,
        cpuSeconds: await cpuSecondsOf(path.join(around, 'times')),
      }));
      await once(child, 'spawn');
      return new Payload(child.pid as number, mark, options.graceMs, ended);
    } finally {
      closeSync(stdout);
      closeSync(stderr);
    }
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Waits for its end. Throws the problem for which it was stopped. */
  async end(): Promise<PayloadEnd> {
    const end = await this.#ended;
    if (this.#problem !== null) throw this.#problem;
    return end;
  }

  /** Ends it and everything it started; the first reason counts. */
  stop(problem: JobProblem): void {
    if (this.#problem !== null || this.#isOver) return;
    this.#problem = problem;
    signalTree(this.pid, this.mark, 'SIGTERM');
    void (async () => {
      await Promise.race([this.#ended, sleep(this.#graceMs, undefined, { ref: false })]);
      if (!this.#isOver) signalTree(this.pid, this.mark, 'SIGKILL');
    })();
  }
}

/** The parameters are shell text, as pilot3 takes them. */
function scriptOf({ job, transformation, around, maxFileMb }: PayloadOptions): string {
  return [
    'ulimit -c 0',
    ...(maxFileMb > 0 ? [`ulimit -f ${maxFileMb * 1024}`] : []),
    `./${quote(transformation)} ${job.parameters}`,
    'code=$?',
    `times >${quote(path.join(around, 'times'))}`,
    'exit "$code"',
    '',
  ].join('\n');
}

export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Nothing of the pilot's own environment but what programs need: its token is none of the payload's business. */
function environmentOf(job: PilotJob, folder: string, mark: string): NodeJS.ProcessEnv {
  const kept = [
    'PATH',
    'LANG',
    'LC_ALL',
    'TZ',
    'LD_LIBRARY_PATH',
    'ORRERY_RUN',
    'SSL_CERT_FILE',
    'SSL_CERT_DIR',
  ];
  const [name = '', value = ''] = mark.split('=');
  return {
    ...Object.fromEntries(
      kept.flatMap((key) => (process.env[key] === undefined ? [] : [[key, process.env[key]]])),
    ),
    HOME: folder,
    TMPDIR: process.env.TMPDIR ?? '/tmp',
    PANDAID: job.jobId,
    PanDA_TaskID: job.taskId,
    PanDA_AttemptNr: String(job.attempt),
    PANDA_CORE_COUNT: String(job.cores),
    [name]: value,
  };
}

/** As a shell tells it: 128 and the number of the signal. */
function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

/** The second line of what the shell's `times` prints is about its children: user and system time. */
async function cpuSecondsOf(file: string): Promise<number> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const parts = [...(text.split('\n')[1] ?? '').matchAll(/(\d+)m([\d.,]+)s/g)];
  return parts.reduce((sum, [, m, s]) => sum + Number(m) * 60 + Number((s ?? '0').replace(',', '.')), 0);
}
