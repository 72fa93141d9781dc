import type { Readable } from 'node:stream';
import type { Tx } from '../db/index.ts';
import type { FoundFile } from '../files/index.ts';
import type { ComputeRequest } from './request.ts';
import type { ComputeRun } from './run.ts';

export type Isolation = 'uid' | 'namespace' | 'none';
export type LogStream = 'stdout' | 'stderr';

/** One place where runs are executed, as the first page shows it. */
export interface BackendReport {
  name: string;
  /** Which computer, and which of its data folders. */
  host: string;
  /** Runs at the same time, on this host. */
  slots: number;
  running: number;
  queued: number;
  isolation: Isolation;
  /** True when runs see a file system, processes and users of their own. */
  namespaces: boolean;
  /** True when a run may put programs of its own into namespaces of their own. */
  nested: boolean;
  /** How this was found out, in a sentence. */
  why: string;
}

/** What a run left behind; reading never follows a link out of the folder. */
export interface RunFolder {
  /** Absolute path of the work folder on this host. */
  readonly path: string;
  /** All plain files below it, with their size. Links and special files are left out. */
  list(): Promise<FoundFile[]>;
  /** Opens one plain file for reading. Throws AppError `files.path-missing`, `-outside`, `-not-regular`. */
  open(relativePath: string): Promise<Readable>;
}

export interface LogPart {
  bytes: Buffer;
  /** Ask from here the next time. */
  nextByte: number;
  sizeBytes: number;
}

/** Told of a change of state inside the transaction that makes it. */
export type OnChange = (tx: Tx, run: ComputeRun) => Promise<void>;

/** A kind of place that executes runs: this host, later a cluster. The queue and the rows are not its concern. */
export interface ComputeBackend {
  readonly name: string;
  start(): Promise<void>;
  /** Stops watching. Runs go on and are found again by the next start. */
  stop(): Promise<void>;
  /** One report for each host that is up. */
  report(): Promise<BackendReport[]>;
  /** Throws AppError `forbidden` when it will not run this. */
  admit(tx: Tx, request: ComputeRequest): Promise<void>;
  /** A run was queued, or a slot may be free. */
  wake(): void;
  /** The run's row asks for its end (`ending`); makes it happen soon. */
  halt(runId: string, now: boolean): void;
  /** The same by any process on the run's host, whoever watches it; false when nothing goes on there. */
  haltHere(folder: PlacedRun, now: boolean): Promise<boolean>;
  collect(folder: PlacedRun): Promise<RunFolder>;
  readLog(folder: PlacedRun, stream: LogStream, fromByte: number, maxBytes: number): Promise<LogPart>;
  /** Deletes the folder where it can; another host finds it without a row and deletes it itself. */
  remove(folder: PlacedRun): Promise<void>;
}

/** Where the folder of a run is. */
export interface PlacedRun {
  runId: string;
  host: string | null;
  folder: string | null;
}
