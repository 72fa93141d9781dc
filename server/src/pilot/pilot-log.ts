import { appendFileSync } from 'node:fs';

/** What the pilot says about its work: on standard error, and in the folder of the job it has. */
export class PilotLog {
  readonly #quiet: boolean;
  #file: string | null = null;
  #recent: string[] = [];

  constructor(quiet = false) {
    this.#quiet = quiet;
  }

  readonly say = (line: string): void => {
    const text = `${new Date().toISOString()} ${line}\n`;
    if (!this.#quiet) process.stderr.write(text);
    this.#recent.push(text);
    if (this.#recent.length > 200) this.#recent = this.#recent.slice(-100);
    if (this.#file === null) return;
    try {
      appendFileSync(this.#file, text);
    } catch {
      // A full disk is told where it matters.
    }
  };

  /** From now on lines are written to this file, too; null = to none. */
  into(file: string | null): void {
    this.#file = file;
    if (file !== null) this.#recent = [];
  }

  /** The last characters of what was said. */
  tail(chars: number): string {
    return this.#recent.join('').slice(-chars);
  }
}
