export interface ProgressReport {
  /** What is being done: the name of a table, `files`. */
  what: string;
  /** 0 to 100, of all that has to be done. */
  percent: number;
  /** Bytes read or written per second since the beginning. */
  bytesPerSecond: number;
}

export type ReportProgress = (report: ProgressReport) => void;

/**
 * Turns bytes into percent. The whole is estimated from sizes on the disk, which rows as text only resemble: so
 * each step counts at most its share, and all of it when it has ended.
 */
export class Progress {
  readonly #report: ReportProgress;
  readonly #startedAt = performance.now();
  #whole = 1;
  #done = 0;
  #step = { what: '', share: 0, done: 0 };
  #bytes = 0;
  #reportedAt = Number.NEGATIVE_INFINITY;

  constructor(report: ReportProgress) {
    this.#report = report;
  }

  /** Says how much there will be, before the first step. */
  expect(wholeBytes: number): void {
    this.#whole = Math.max(1, wholeBytes);
  }

  /** Ends the step before and begins one that is `share` bytes of the whole. */
  begin(what: string, share: number): void {
    this.#done += this.#step.share;
    this.#step = { what, share, done: 0 };
    this.#tell(false);
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    this.#step.done = Math.min(this.#step.share, this.#step.done + bytes);
    this.#tell(false);
  }

  finish(): void {
    this.begin('done', 0);
    this.#done = this.#whole;
    this.#tell(true);
  }

  #tell(isLast: boolean): void {
    const now = performance.now();
    if (!isLast && now - this.#reportedAt < 1000) return;
    this.#reportedAt = now;
    this.#report({
      what: this.#step.what,
      percent: Math.min(100, Math.floor((100 * (this.#done + this.#step.done)) / this.#whole)),
      bytesPerSecond: Math.round((1000 * this.#bytes) / Math.max(1, now - this.#startedAt)),
    });
  }
}
