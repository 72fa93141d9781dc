import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cleanEnvironment, root } from '../../support/orrery.ts';
import type { Ledger } from '../ledger.ts';

const program = path.join(root, 'server/src/pilot/main.ts');

interface Place {
  child: ChildProcess | undefined;
  isHit: boolean;
}

/** Pilots of our own, each a process; one that ends is started again in the same folder, as a batch system would. */
export class Pilots {
  killed = 0;
  readonly #args: readonly string[];
  readonly #work: string;
  readonly #ledger: Ledger;
  readonly #places: Place[];
  readonly #keeping: Promise<void>[] = [];
  #isClosing = false;

  constructor(work: string, args: readonly string[], ledger: Ledger, count: number) {
    this.#work = work;
    this.#args = args;
    this.#ledger = ledger;
    this.#places = Array.from({ length: count }, () => ({ child: undefined, isHit: false }));
  }

  /** Starts them one after the other, so that the machine is left to the servers. */
  async start(): Promise<void> {
    for (const place of this.#places) {
      this.#keeping.push(this.#keep(place));
      await sleep(50);
    }
  }

  get living(): number {
    return this.#places.filter(({ child, isHit }) => child !== undefined && !isHit).length;
  }

  async #keep(place: Place): Promise<void> {
    while (!this.#isClosing) {
      const child = spawn(process.execPath, [program, ...this.#args, '--work', this.#work], {
        env: cleanEnvironment(),
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let words = '';
      child.stderr.on('data', (part: Buffer) => {
        words = (words + part.toString()).slice(-2000);
      });
      place.child = child;
      place.isHit = false;
      const end = await new Promise<string>((resolve) => {
        child.on('close', (code, signal) => resolve(signal ?? String(code)));
      });
      place.child = undefined;
      const isExpected = place.isHit ? end === 'SIGKILL' : this.#isClosing;
      if (!isExpected) {
        this.#ledger.violation(`a pilot ended with ${end} by itself:\n${words}`);
        await sleep(1000);
      }
    }
  }

  /** Kills a random one with SIGKILL; its payload lives on until its successor ends it. */
  kill(): boolean {
    const living = this.#places.filter(({ child, isHit }) => child !== undefined && !isHit);
    const place = living[Math.floor(Math.random() * living.length)];
    if (place?.child === undefined) return false;
    place.isHit = true;
    this.killed++;
    this.#ledger.note(`kill -9 of pilot ${place.child.pid}`);
    place.child.kill('SIGKILL');
    return true;
  }

  /** Folders of jobs that no pilot has finished with. */
  get left(): string[] {
    return readdirSync(this.#work, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\/job-\d+-\d+$/.test(name),
    );
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    for (const { child } of this.#places) child?.kill('SIGTERM');
    await Promise.all(this.#keeping);
  }
}
