import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDb, type Db, isConnectionLoss } from '../../server/src/core/db/index.ts';
import { programs, type ServedProcess, serve } from '../support/orrery.ts';
import type { Ledger } from './ledger.ts';

export const adminToken = 'a-preset-token-for-the-kill-test';
/** `orrery serve` ends with this status when others may have its tasks. */
const stalledStatus = 70;

interface Place {
  server: ServedProcess | undefined;
  /** What we did to it; undefined while it should live. */
  hit: string | undefined;
}

/** Moments at which something was killed or could not be reached, for judging what came late. */
export interface Trouble {
  what: string;
  from: Date;
  to: Date;
}

/** What the servers are, and how they are started. */
export interface Served {
  program: readonly string[];
  args: readonly string[];
}

const exampleService: Served = { program: programs.example, args: ['--set', 'compute.local.slots=4'] };

/** Server processes on one data folder. What ends is started again, as the operator's supervisor would. */
export class Fleet {
  readonly troubles: Trouble[] = [];
  readonly #folder: string;
  readonly #ledger: Ledger;
  readonly #served: Served;
  readonly #places: Place[];
  readonly #keeping: Promise<void>[] = [];
  #closing = false;

  constructor(folder: string, ledger: Ledger, count: number, served = exampleService) {
    this.#folder = folder;
    this.#ledger = ledger;
    this.#served = served;
    this.#places = Array.from({ length: count }, () => ({ server: undefined, hit: undefined }));
  }

  async start(): Promise<void> {
    for (const place of this.#places) this.#keeping.push(this.#keep(place));
    while (this.#places.some((place) => place.server === undefined)) {
      if (this.#closing) throw new Error('the servers did not start');
      await sleep(100);
    }
  }

  /** Addresses of the servers that should answer. */
  get addresses(): string[] {
    return this.#places.flatMap(({ server, hit }) =>
      server === undefined || hit === 'SIGKILL' ? [] : [server.address],
    );
  }

  get pids(): number[] {
    return this.#places.flatMap(({ server, hit }) =>
      server?.child.pid === undefined || hit !== undefined ? [] : [server.child.pid],
    );
  }

  /** Starts a server in its place, again and again until the fleet closes. */
  async #keep(place: Place): Promise<void> {
    let failures = 0;
    while (!this.#closing) {
      try {
        place.hit = undefined;
        place.server = await this.#startOne();
        failures = 0;
      } catch (error) {
        failures++;
        this.#ledger.note(`a server did not start: ${reasonOf(error)}`);
        if (failures >= 5) {
          this.#ledger.violation('a server did not start five times in a row');
          this.#closing = true;
        }
        await sleep(500);
        continue;
      }
      const { child, output } = place.server;
      const pid = child.pid;
      const end = await new Promise<string>((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null)
          resolve(String(child.signalCode ?? child.exitCode));
        child.on('exit', (code, signal) => resolve(signal ?? String(code)));
      });
      place.server = undefined;
      if (this.#closing || place.hit === end) continue;
      this.#ledger.note(
        `server ${pid} ended with ${end}${place.hit === undefined ? ' by itself' : ` after ${place.hit}`}`,
      );
      if (end !== String(stalledStatus)) {
        this.#ledger.violation(`a server ended with ${end} by itself:\n${output.stderr.slice(-2000)}`);
      }
    }
  }

  async #startOne(): Promise<ServedProcess> {
    const env = { ORRERY_ADMIN_TOKEN: adminToken, ORRERY_ADMIN_PASSWORD: 'a long enough password' };
    const args = ['--data', this.#folder, '--port', '0', '--log-level', 'warn', ...this.#served.args];
    return serve(args, env, this.#served.program);
  }

  /** Kills a random living server with SIGKILL; false when none lives. */
  killServer(): boolean {
    const living = this.#places.filter(({ server, hit }) => server !== undefined && hit === undefined);
    const place = living[Math.floor(Math.random() * living.length)];
    if (place?.server === undefined) return false;
    place.hit = 'SIGKILL';
    this.#ledger.note(`kill -9 of server ${place.server.child.pid}`);
    this.troubles.push({ what: `server ${place.server.child.pid}`, from: new Date(), to: new Date() });
    place.server.child.kill('SIGKILL');
    return true;
  }

  /**
   * Kills PostgreSQL's postmaster with SIGKILL and resolves when the database answers again; false when it has not
   * come up since it was killed the last time.
   */
  async killPostgres(db: Db): Promise<boolean> {
    const pid = this.#postmaster();
    if (pid === undefined) return false;
    this.#ledger.note(`kill -9 of PostgreSQL ${pid}`);
    const trouble = { what: 'PostgreSQL', from: new Date(), to: new Date(8.64e15) };
    this.troubles.push(trouble);
    const before = await persist(() => postgresStart(db));
    process.kill(pid, 'SIGKILL');
    await persist(async () => {
      // Connections outlive the postmaster for a moment and still answer.
      while ((await postgresStart(db)) === before) await sleep(20);
    });
    trouble.to = new Date();
    this.#ledger.note(
      `PostgreSQL answers again after ${((trouble.to.getTime() - trouble.from.getTime()) / 1000).toFixed(1)} s`,
    );
    return true;
  }

  /** Stops one server with SIGSTOP for some seconds, then wakes it; resolves with how it ended, if it did. */
  async stall(pid: number, seconds: number, meanwhile: () => Promise<void>): Promise<string> {
    const place = this.#places.find(({ server }) => server?.child.pid === pid);
    const server = place?.server;
    if (place === undefined || server === undefined) throw new Error(`no server ${pid}`);
    place.hit = 'SIGSTOP';
    const ended = new Promise<string>((resolve) => {
      server.child.once('exit', (code, signal) => resolve(`ended with ${signal ?? code}`));
    });
    const from = new Date();
    this.#ledger.note(`SIGSTOP of server ${pid} for ${seconds} s`);
    server.child.kill('SIGSTOP');
    await Promise.all([meanwhile(), sleep(seconds * 1000)]);
    server.child.kill('SIGCONT');
    this.#ledger.note(`SIGCONT of server ${pid}`);
    const result = await Promise.race([ended, sleep(15_000, 'went on')]);
    this.troubles.push({ what: `server ${pid} stood still`, from, to: new Date() });
    return result;
  }

  #postmaster(): number | undefined {
    try {
      const pid = Number(
        readFileSync(path.join(this.#folder, 'postgres/postmaster.pid'), 'utf8').split('\n')[0],
      );
      return pid > 1 && process.kill(pid, 0) ? pid : undefined;
    } catch {
      return undefined;
    }
  }

  /** A pool beside the servers; the fleet must have started. It keeps nothing alive. */
  async connect(poolSize: number): Promise<Db> {
    const socketDir = await readFile(path.join(this.#folder, 'run/socket'), 'utf8');
    const password = await readFile(path.join(this.#folder, 'postgres.password'), 'utf8');
    return createDb({ socketDir, password, poolSize, prepare: true, name: 'chaos' });
  }

  /** Ends all servers, and says so when PostgreSQL does not end with them. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const { server } of this.#places) {
      server?.child.kill('SIGCONT');
      server?.child.kill('SIGTERM');
    }
    const stop = setTimeout(() => {
      for (const { server } of this.#places) server?.child.kill('SIGKILL');
    }, 30_000);
    await Promise.all(this.#keeping);
    clearTimeout(stop);
    for (const deadline = Date.now() + 15_000; this.#postmaster() !== undefined; await sleep(100)) {
      if (Date.now() < deadline) continue;
      this.#ledger.violation('PostgreSQL did not end with the last server');
      process.kill(this.#postmaster() as number, 'SIGQUIT');
      return;
    }
  }
}

/** The error that a server which did not start ended with, in one line. */
function reasonOf(error: unknown): string {
  const lines = String(error).split('\n');
  return (lines.filter((line) => /^(?!Suppressed)\w*Error: /.test(line)).at(-1) ?? lines[0] ?? '').slice(
    0,
    200,
  );
}

async function postgresStart(db: Db): Promise<number> {
  const [row] = await db.sql<{ at: Date }[]>`select pg_postmaster_start_time()::timestamptz(3) as at`;
  return row?.at.getTime() ?? 0;
}

/** Repeats what failed because the database went away; anything else is thrown. */
export async function persist<T>(work: () => Promise<T>, withinMs = 120_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isConnectionLoss(error) || Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}
