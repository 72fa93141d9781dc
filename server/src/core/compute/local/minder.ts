import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Db, isConnectionLoss } from '../../db/index.ts';
import { messageOf } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Announcer } from '../announce.ts';
import { deleteInputs, listInputs, listRuns, type RunChange, type RunRow } from '../run.store.ts';
import type { RunState } from '../run.ts';
import { holdsClaim } from './claim.store.ts';
import { type BlobSource, makePlaces, placeInput, type RunPlaces, sealPlaces } from './folder.ts';
import { accountOf, type Mode, placeSettings } from './isolation.ts';
import type { LocalSettings } from './local-backend.ts';
import { look, type Sight } from './look.ts';
import { askToStop, preventStart, type Supervisor, startSupervisor, sweep } from './supervisor.ts';

interface MinderOptions {
  db: Db;
  log: Log;
  processId: string;
  /** By the name it was given and by the one it really has. */
  dataFolders: readonly string[];
  announcer: Announcer;
  local: LocalSettings;
  files: BlobSource | undefined;
  mode: Mode;
  /** Called once when this run needs no watching any more. */
  done: () => void;
}

const quickLookMs = 20;
/** An end that this process did not cause and is not the parent of is seen this late at most. */
const lookMs = 1000;
/** A run whose server died this often between claim and start is given up. */
const maxAttempts = 5;

/** Looks after one claimed run until its end is recorded or somebody else has taken it over. */
export class Minder {
  readonly #row: RunRow;
  readonly #places: RunPlaces;
  readonly #options: MinderOptions;
  readonly #quit = new AbortController();
  #state: RunState;
  #stopReason: string | null;
  #stopNow: boolean;
  /** How the supervisor was asked to stop. */
  #asked: 'no' | 'softly' | 'now' = 'no';
  /** The supervisor, if this process started it. */
  #child: ChildProcess | undefined;
  #hurry = new AbortController();
  #watching: Promise<void> = Promise.resolve();

  constructor(row: RunRow, places: RunPlaces, options: MinderOptions) {
    this.#row = row;
    this.#places = places;
    this.#options = options;
    this.#state = row.state;
    this.#stopReason = row.stopReason;
    this.#stopNow = row.stopNow;
  }

  /** Starts a fresh run, or picks up where another process left one; returns when it is over. */
  begin(fresh: boolean): Promise<void> {
    this.#watching = this.#watch(fresh).finally(() => this.#options.done());
    return this.#watching;
  }

  /** The run is to end: its row says `ending`. */
  halt(now: boolean): void {
    this.#state = 'ending';
    this.#stopNow ||= now;
    this.#hurry.abort();
  }

  /** Somebody else holds the claim now, or the row is gone. */
  letGo(): void {
    this.#quit.abort();
    this.#hurry.abort();
  }

  /** Stops watching; the run goes on. */
  async stop(): Promise<void> {
    this.letGo();
    await this.#watching.catch(() => {});
  }

  async #watch(fresh: boolean): Promise<void> {
    if (fresh) await this.#start();
    let wait = quickLookMs;
    while (!this.#quit.signal.aborted) {
      const over = await this.#step().catch((error: unknown) => {
        this.#options.log.warn(
          { err: error, runId: this.#row.runId },
          'the state of a run could not be kept; tried again',
        );
        wait = 1000;
        return false;
      });
      if (over) return;
      await this.#pause(wait);
      wait = Math.min(wait * 1.5, lookMs);
    }
  }

  /** Prepares the folder and starts the supervisor; a run that cannot be prepared ends as lost. */
  async #start(): Promise<void> {
    const { local, mode, dataFolders } = this.#options;
    const account = accountOf(mode, local.firstUid, this.#row.slot ?? 0);
    try {
      await makePlaces(this.#places, account);
      await this.#placeInputs();
      if (this.#state === 'ending' || this.#quit.signal.aborted) return;
      const { request, runId } = this.#row;
      this.#child = await startSupervisor(this.#places, {
        ...placeSettings(this.#places, mode, account),
        runId,
        network: request.network ?? local.network,
        graceSeconds: local.graceSeconds ?? 10,
        readable: [process.execPath, ...(local.readable ?? [])],
        hidden: [...new Set([...dataFolders, ...(local.hidden ?? [])])],
        request,
      });
      this.#child.once('exit', () => this.#hurry.abort());
    } catch (error) {
      // The database went away: nothing was started, and the next look gives the run back to the queue.
      if (isConnectionLoss(error) || this.#quit.signal.aborted) return;
      if (!(await preventStart(this.#places))) return;
      await this.#endUnstarted('lost', `It could not be started: ${messageOf(error)}.`);
    }
  }

  async #placeInputs(): Promise<void> {
    const { db, local, mode, files } = this.#options;
    const account = accountOf(mode, local.firstUid, this.#row.slot ?? 0);
    const executables = new Set(this.#row.request.executables);
    for (const input of await listInputs(db.sql, this.#row.runId)) {
      await placeInput(this.#places, input, {
        account,
        executable: executables.has(input.path),
        blobs: files,
      });
    }
  }

  /** One look and what follows from it; true when there is nothing more to watch. */
  async #step(): Promise<boolean> {
    if (this.#state === 'ended') return true;
    if (this.#state === 'ending') await this.#learnWhy();
    const sight = await look(this.#places, this.#row.request.limits, this.#stopReason);
    switch (sight.kind) {
      case 'beginning':
        return false;
      case 'unstarted':
        return this.#takeBack();
      case 'running':
        await this.#noteRunning(sight.supervisor.startedAt);
        if (this.#state === 'ending') await this.#ask(sight.supervisor);
        return false;
      case 'lost':
        // Whoever lost the claim may not kill: the slot's user id may serve another run by now.
        if (!(await this.#isOurs())) return true;
        await sweep(this.#places);
        await this.#noteRunning(sight.startedAt);
        return this.#end({
          exitReason: 'lost',
          exitMessage:
            'Its supervisor is gone (the host was restarted, or somebody killed it); how it ended is unknown.',
          endedAt: new Date(),
        });
      case 'ended':
        await this.#noteRunning(sight.startedAt);
        return this.#recordEnd(sight);
    }
  }

  async #learnWhy(): Promise<void> {
    if (this.#stopReason !== null) return;
    const [row] = await listRuns(this.#options.db.sql, [this.#row.runId]);
    this.#stopReason = row?.stopReason ?? null;
  }

  /** No supervisor has begun: it may not any more, and the run is queued again or, if unwanted, ended. */
  async #takeBack(): Promise<boolean> {
    if (this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null)
      return false;
    if (!(await preventStart(this.#places))) return false;
    if (this.#state === 'ending') {
      return this.#endUnstarted('cancelled', 'Cancelled before it started.');
    }
    if (this.#row.attempt >= maxAttempts) {
      return this.#endUnstarted('lost', `It could not be started in ${maxAttempts} attempts.`);
    }
    await this.#change('queued', { host: null, slot: null, folder: null, claimedBy: null, leaseUntil: null });
    // The folder stays for an hour, so that a stalled process that wakes up cannot make it and start there.
    return true;
  }

  #isOurs(): Promise<boolean> {
    const { db, processId } = this.#options;
    return db.transaction((tx) => holdsClaim(tx, this.#row.runId, processId));
  }

  async #ask(supervisor: Supervisor): Promise<void> {
    if (this.#asked === 'now' || (this.#asked === 'softly' && !this.#stopNow)) return;
    this.#asked = this.#stopNow ? 'now' : 'softly';
    await askToStop(this.#places, supervisor, this.#stopNow);
  }

  async #noteRunning(startedAt: Date | null): Promise<void> {
    if (this.#state !== 'starting' || startedAt === null) return;
    const changed = await this.#change('running', { startedAt });
    // Not allowed any more: it was cancelled meanwhile.
    if (!this.#quit.signal.aborted) this.#state = changed ? 'running' : 'ending';
  }

  #endUnstarted(exitReason: 'cancelled' | 'lost', exitMessage: string): Promise<boolean> {
    return this.#end({ exitReason, exitMessage, endedAt: new Date() });
  }

  #recordEnd(sight: Extract<Sight, { kind: 'ended' }>): Promise<boolean> {
    const { exit, wallSeconds, cpuSeconds } = sight.report;
    return this.#end({
      exitCode: exit.code,
      exitSignal: exit.signal,
      exitReason: exit.reason,
      exitMessage: exit.message,
      startedAt: sight.startedAt,
      endedAt: sight.endedAt,
      wallSeconds,
      cpuSeconds,
      peakMemoryMb: sight.peakMemoryMb,
    });
  }

  async #end(change: RunChange): Promise<boolean> {
    const { local, mode, db, announcer, processId } = this.#options;
    // Before the slot is free: the next run there has the same uid.
    await sealPlaces(this.#places, accountOf(mode, local.firstUid, this.#row.slot ?? 0));
    await db.transaction(async (tx) => {
      if (!(await holdsClaim(tx, this.#row.runId, processId))) return;
      await announcer.change(tx, this.#row.runId, 'ended', { ...change, leaseUntil: null });
      await deleteInputs(tx, this.#row.runId);
    });
    this.#state = 'ended';
    return true;
  }

  async #change(to: RunState, change: RunChange): Promise<boolean> {
    const { db, announcer, processId } = this.#options;
    return db.transaction(async (tx) => {
      if (!(await holdsClaim(tx, this.#row.runId, processId))) {
        this.letGo();
        return false;
      }
      return (await announcer.change(tx, this.#row.runId, to, change)) !== null;
    });
  }

  /** Until the next look, cut short by a cancellation, an end, or the supervisor's exit. */
  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#hurry.signal }).catch(() => {});
    if (!this.#quit.signal.aborted) this.#hurry = new AbortController();
  }
}
