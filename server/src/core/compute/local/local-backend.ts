import { mkdir, realpath } from 'node:fs/promises';
import { availableParallelism, hostname } from 'node:os';
import path from 'node:path';
import type { Db, Tx } from '../../db/index.ts';
import { AppError, messageOf } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Announcer } from '../announce.ts';
import type { BackendReport, ComputeBackend, LogPart, LogStream, PlacedRun, RunFolder } from '../backend.ts';
import type { ComputeRequest } from '../request.ts';
import type { RunRow } from '../run.store.ts';
import {
  adoptRuns,
  claimNext,
  listBackends,
  listClaimants,
  listStranded,
  releaseClaims,
  renewClaims,
  upsertBackend,
} from './claim.store.ts';
import { CollectedFolder } from './collected.ts';
import { type BlobSource, RunPlaces, removePlaces } from './folder.ts';
import { type Confinement, findConfinement, type Mode } from './isolation.ts';
import { removeLeftovers } from './leftovers.ts';
import { readLogPart } from './log-file.ts';
import { Minder } from './minder.ts';
import { askToStop, findSupervisor, isAlive } from './supervisor.ts';

export interface LocalSettings {
  /** Runs at a time on this host; 0 = one per core. */
  slots: number;
  /** Everybody may run things where nothing isolates them. */
  allowUnisolated: boolean;
  /** For requests that do not say. */
  network: 'open' | 'none';
  /** As root: user id of slot 0. */
  firstUid: number;
  /** From TERM to KILL; default 10 s. */
  graceSeconds?: number;
  /** Paths that every run may read. */
  readable?: readonly string[];
  /** Paths that no run may see besides the data folder, such as the file of settings. */
  hidden?: readonly string[];
  /** Ways of isolation to try, best first; default those that the server's account may hope for. */
  modes?: readonly Mode[];
}

interface LocalOptions {
  db: Db;
  log: Log;
  dataDir: string;
  processId: string;
  local: LocalSettings;
  announcer: Announcer;
  files?: BlobSource;
}

const tickMs = 1000;
const tidyMs = 3_600_000;

/** Runs commands on this host, each under a supervisor that outlives the server. */
export class LocalBackend implements ComputeBackend {
  readonly name = 'local';
  readonly #options: LocalOptions;
  readonly #slots: number;
  readonly #minders = new Map<string, Minder>();
  /** Runs whose owner refused the claim, and until when they are left alone (ms). */
  readonly #refused = new Map<string, number>();
  #runsFolder: string;
  #confinement: Confinement | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ticking: Promise<void> | undefined;
  #again = false;
  #tidiedAt = Date.now();
  #stopping = false;

  constructor(options: LocalOptions) {
    this.#options = options;
    this.#slots = options.local.slots || availableParallelism();
    this.#runsFolder = path.resolve(options.dataDir, 'compute', 'runs');
  }

  async start(): Promise<void> {
    const { local, log } = this.#options;
    await this.#openFolder();
    this.#confinement = await findConfinement(this.#runsFolder, local.firstUid, local.modes);
    const { isolation, why } = this.#confinement;
    log[isolation === 'none' ? 'warn' : 'info']({ isolation, slots: this.#slots }, `Local runs: ${why}`);
    await this.#announceSelf(this.#confinement);
    await this.#tick();
    await this.#tidy();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    await this.#ticking;
    await Promise.all([...this.#minders.values()].map((minder) => minder.stop()));
    if (this.#confinement !== undefined) await releaseClaims(this.#options.db.sql, this.#options.processId);
  }

  report(): Promise<BackendReport[]> {
    return listBackends(this.#options.db.sql, this.name);
  }

  async admit(tx: Tx, request: ComputeRequest): Promise<void> {
    if (request.asAdmin || this.#options.local.allowUnisolated) return;
    const hosts = await listBackends(tx, this.name);
    if (hosts.length === 0 || hosts.some((host) => host.isolation !== 'none')) return;
    throw new AppError(
      'forbidden',
      'compute.isolation-none',
      'Nothing on this host keeps a run away from the server.',
      {
        next: 'An administrator may run it, or the operator sets compute.local.allowUnisolated; the health page says what is missing.',
      },
    );
  }

  wake(): void {
    if (this.#confinement === undefined || this.#stopping) return;
    this.#again = true;
    if (this.#ticking === undefined) this.#schedule(0);
  }

  halt(runId: string, now: boolean): void {
    this.#minders.get(runId)?.halt(now);
  }

  async haltHere(run: PlacedRun, now: boolean): Promise<boolean> {
    if (run.folder === null || run.host !== (await this.#realHost())) return false;
    const places = await this.#placesOf(run);
    const supervisor = await findSupervisor(places);
    if (supervisor === null || !(await isAlive(supervisor))) return false;
    await askToStop(places, supervisor, now);
    return true;
  }

  async collect(run: PlacedRun): Promise<RunFolder> {
    return new CollectedFolder((await this.#placesOf(run)).work);
  }

  async readLog(run: PlacedRun, stream: LogStream, fromByte: number, maxBytes: number): Promise<LogPart> {
    return readLogPart(path.join((await this.#placesOf(run)).log, stream), fromByte, maxBytes);
  }

  async remove(run: PlacedRun): Promise<void> {
    if (run.folder !== null && run.host === (await this.#realHost()))
      await removePlaces(await this.#placesOf(run));
  }

  /** This computer and this data folder: runs of one host can be read and adopted by all its processes. */
  get #host(): string {
    return `${hostname()}:${this.#runsFolder}`;
  }

  async #openFolder(): Promise<void> {
    // Others may pass through but not list: as root without namespaces a run must reach its own folder.
    for (const folder of [path.dirname(this.#runsFolder), this.#runsFolder]) {
      await mkdir(folder, { recursive: true, mode: 0o711 });
    }
    this.#runsFolder = await realpath(this.#runsFolder);
  }

  /** Also right in a process that executes nothing and has not made the folder. */
  async #realHost(): Promise<string> {
    this.#runsFolder = await realpath(this.#runsFolder).catch(() => this.#runsFolder);
    return this.#host;
  }

  async #placesOf(run: PlacedRun): Promise<RunPlaces> {
    if (run.folder === null)
      throw new AppError('missing', 'compute.folder-missing', 'The run never had a folder.');
    if (run.host !== (await this.#realHost())) {
      throw new AppError('conflict', 'compute.run-elsewhere', `The folder of this run is on ${run.host}.`, {
        next: 'Ask a server process on that host.',
      });
    }
    return new RunPlaces(path.join(this.#runsFolder, run.folder));
  }

  #announceSelf({ isolation, namespaces, nested, why }: Confinement): Promise<unknown> {
    const report = {
      name: this.name,
      host: this.#host,
      slots: this.#slots,
      isolation,
      namespaces,
      nested,
      why,
      running: 0,
      queued: 0,
    };
    return upsertBackend(this.#options.db.sql, this.#host, report);
  }

  /** Ends what no host will ever report on, and removes folders without a run; every hour. */
  async #tidy(): Promise<void> {
    const { db, announcer, log } = this.#options;
    this.#tidiedAt = Date.now();
    for (const { runId, host } of await listStranded(db.sql)) {
      await db.transaction((tx) =>
        announcer.change(tx, runId, 'ended', {
          exitReason: 'lost',
          exitMessage: `Its host ${host} has not been seen since before the run's time was up.`,
          endedAt: new Date(),
        }),
      );
    }
    await removeLeftovers(db.sql, this.#runsFolder, log);
  }

  #schedule(afterMs: number): void {
    clearTimeout(this.#timer);
    if (this.#stopping) return;
    this.#timer = setTimeout(() => void this.#tick(), afterMs);
    this.#timer.unref();
  }

  async #tick(): Promise<void> {
    this.#again = false;
    this.#ticking = this.#turn().catch((error: unknown) => {
      this.#options.log.warn({ err: error }, 'local runs could not be looked after; tried again in a second');
    });
    await this.#ticking;
    this.#ticking = undefined;
    this.#schedule(this.#again ? 0 : tickMs);
  }

  /** Keeps claims, takes over what is without a watcher, and fills free slots. */
  async #turn(): Promise<void> {
    const { db, processId } = this.#options;
    const confinement = this.#confinement;
    if (confinement === undefined) return;
    await this.#announceSelf(confinement);
    if (Date.now() - this.#tidiedAt > tidyMs) await this.#tidy();
    const held = await renewClaims(db.sql, processId);
    const heldIds = new Set(held.map((row) => row.runId));
    for (const [runId, minder] of this.#minders) {
      if (!heldIds.has(runId)) minder.letGo();
    }
    for (const row of held) this.#mind(row, confinement, false);
    const dead = (await listClaimants(db.sql, this.#host)).filter((claimant) => isDead(claimant));
    for (const row of await adoptRuns(db.sql, this.#host, processId, dead)) {
      this.#options.log.info({ runId: row.runId }, 'run adopted');
      this.#mind(row, confinement, false);
    }
    while (!this.#stopping) {
      const claimed = await this.#claim(confinement);
      if (claimed === null) return;
      this.#mind(claimed, confinement, true);
    }
  }

  async #claim(confinement: Confinement): Promise<RunRow | null> {
    const { db, processId, local, announcer, log } = this.#options;
    const now = Date.now();
    for (const [runId, until] of this.#refused) if (until < now) this.#refused.delete(runId);
    let runId = '';
    try {
      return await db.transaction(async (tx) => {
        const claim = await claimNext(tx, {
          host: this.#host,
          processId,
          slots: this.#slots,
          open: confinement.isolation !== 'none' || local.allowUnisolated,
          without: [...this.#refused.keys()],
        });
        if (claim === null) return null;
        runId = claim.runId;
        return announcer.change(tx, runId, 'starting');
      });
    } catch (error) {
      if (runId === '') throw error;
      log.error({ err: error, runId }, 'the owner of a run refused its start; tried again in 30 s');
      this.#refused.set(runId, now + 30_000);
      return this.#claim(confinement);
    }
  }

  #mind(row: RunRow, confinement: Confinement, fresh: boolean): void {
    const known = this.#minders.get(row.runId);
    if (known !== undefined) {
      if (row.state === 'ending') known.halt(row.stopNow);
      return;
    }
    if (row.folder === null || row.slot === null) return;
    const { db, log, processId, dataDir, announcer, local, files } = this.#options;
    const minder = new Minder(row, new RunPlaces(path.join(this.#runsFolder, row.folder)), {
      db,
      log,
      processId,
      dataFolders: [path.resolve(dataDir), path.dirname(path.dirname(this.#runsFolder))],
      announcer,
      local,
      files,
      mode: confinement.mode,
      done: () => {
        this.#minders.delete(row.runId);
        this.wake();
      },
    });
    this.#minders.set(row.runId, minder);
    minder
      .begin(fresh)
      .catch((error: unknown) =>
        log.error({ runId: row.runId, why: messageOf(error) }, 'a run is not watched'),
      );
  }
}

/** True when the process that signed a claim `host:pid:…` of this host does not exist any more. */
function isDead(claimant: string): boolean {
  const [name, pid] = claimant.split(':');
  if (name !== hostname() || !/^[1-9]\d*$/.test(pid ?? '')) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
