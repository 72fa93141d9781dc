import { setTimeout as sleep } from 'node:timers/promises';
import type { Fleet } from '../fleet.ts';
import type { Ledger } from '../ledger.ts';
import { ask } from './ask.ts';
import { jobList, type Trial } from './trials.ts';

const final = ['COMPLETED', 'ERROR', 'ABORTED'];
const rankOf = (phase: string): number =>
  final.includes(phase) ? 3 : ['PENDING', 'QUEUED', 'EXECUTING'].indexOf(phase);

/** Clients that wait for the end of a job with WAIT, each at a random server, and ask again when that dies. */
export class Waiters {
  readonly #fleet: Fleet;
  readonly #ledger: Ledger;
  readonly #answers = new Map<string, number>();
  readonly #stop = new AbortController();
  readonly #clients: Promise<void>[] = [];
  #open = 0;
  #most = 0;
  #answered = 0;

  constructor(fleet: Fleet, ledger: Ledger) {
    this.#fleet = fleet;
    this.#ledger = ledger;
  }

  get left(): number {
    return this.#open;
  }

  open(trial: Trial, count: number): void {
    for (let n = 0; n < count; n++) {
      this.#open++;
      this.#most = Math.max(this.#most, this.#open);
      this.#clients.push(
        this.#wait(trial, n % 2 === 0).catch((error: unknown) =>
          this.#ledger.violation(`a waiting client broke: ${String(error)}`),
        ),
      );
    }
  }

  async #wait(trial: Trial, namesPhase: boolean): Promise<void> {
    let seen = '';
    while (!this.#stop.signal.aborted) {
      const beside = namesPhase && seen !== '' ? `&PHASE=${seen}` : '';
      const answer = await ask(this.#fleet, `${jobList}/${trial.jobId}?WAIT=25${beside}`, {
        timeoutMs: 60_000,
      });
      const text = answer?.body.toString() ?? '';
      const phase = /<uws:phase>(\w+)<\/uws:phase>/.exec(text)?.[1] ?? '';
      this.#count(answer === null ? 'broken' : `${answer.status} ${phase}`);
      if (answer?.status === 200) {
        if (rankOf(phase) < rankOf(seen) || rankOf(phase) < 0) {
          this.#ledger.violation(`${trial.label}: a client was told ${phase} after ${seen}`);
        }
        seen = phase;
      }
      const isGone = answer?.status === 404;
      if (isGone && !trial.isDeleted) this.#ledger.violation(`${trial.label}: 404 before it was deleted`);
      if (isGone || final.includes(seen)) {
        if (seen === 'COMPLETED') this.#checkResults(trial, text);
        this.#open--;
        this.#answered++;
        return;
      }
      if (answer?.status !== 200) await sleep(200 + Math.random() * 800);
    }
  }

  /** COMPLETED is never told with half of the results. */
  #checkResults(trial: Trial, document: string): void {
    const results = [...document.matchAll(/<uws:result id="([^"]+)"/g)].map((match) => match[1]);
    const expected = ['result', ...(trial.input === null ? [] : ['copy']), 'stdout', 'stderr'];
    if (results.join() !== expected.join()) {
      this.#ledger.violation(`${trial.label}: COMPLETED with the results ${results.join()}`);
    }
  }

  #count(answer: string): void {
    this.#answers.set(answer, (this.#answers.get(answer) ?? 0) + 1);
  }

  async untilAnswered(withinMs: number): Promise<void> {
    const deadline = Date.now() + withinMs;
    while (this.#open > 0 && Date.now() < deadline) await sleep(100);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#clients);
  }

  check(ledger: Ledger): void {
    console.log('\nclients that wait');
    ledger.demand('told the end of their job', this.#answered, this.#clients.length);
    ledger.fact('waiting at the same time, at most', this.#most);
    for (const [answer, n] of [...this.#answers].sort()) ledger.fact(`  answers ${answer}`, n);
    const wrong = [...this.#answers].filter(([answer]) => /^(?!200 |404 |503 |broken)/.test(answer));
    ledger.demand(
      'answers that blame the client or a bug',
      wrong.reduce((sum, [, n]) => sum + n, 0),
      0,
    );
  }
}
