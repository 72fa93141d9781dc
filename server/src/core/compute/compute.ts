import type { Tx } from '../db/index.ts';
import type { BackendReport, LogPart, LogStream, OnChange, RunFolder } from './backend.ts';
import type { ComputeRequest } from './request.ts';
import type { ComputeRun } from './run.ts';

/** Runs commands, here or elsewhere. Everything about a run is a row; everything survives a restart. */
export interface Compute {
  /**
   * Queues a run in the caller's transaction and returns its id.
   * Throws `forbidden compute.isolation-none` when nothing would isolate it and no administrator asked.
   */
  submit(tx: Tx, request: ComputeRequest): Promise<string>;
  /**
   * Ends a run: a queued one at once, a running one by TERM, ten seconds, KILL; with `now` by KILL alone. No effect
   * on an ended one.
   */
  cancel(runId: string, reason: string, tx?: Tx, now?: boolean): Promise<void>;
  /**
   * Ends runs of this host that are `ending` without the process that watches them, which may not be up; its next start
   * records how they ended. Returns those that go on at this moment: ask again until there are none.
   */
  haltHere(runIds: readonly string[]): Promise<string[]>;
  /**
   * Locks the run until the transaction ends; one that is not there is no error. A change of state locks the run and
   * then, in `onChange`, what it belongs to: whoever locks both to cancel takes them in this order.
   */
  lock(tx: Tx, runId: string): Promise<void>;
  /** Throws AppError `missing compute.run-unknown`. */
  state(runId: string): Promise<ComputeRun>;
  /** Those that exist, in the order asked for. */
  states(runIds: readonly string[]): Promise<ComputeRun[]>;
  /** What the run left in its work folder. Throws `conflict` before the end or on another host. */
  collect(runId: string): Promise<RunFolder>;
  /** A part of what the run printed, also while it runs; empty before it starts. */
  readLog(runId: string, stream: LogStream, fromByte: number, maxBytes: number): Promise<LogPart>;
  /** Deletes row and folder of an ended run; one that is not there is no error. Throws `conflict` before the end. */
  remove(runId: string): Promise<void>;
  backends(): Promise<BackendReport[]>;
  /** Registers what is called, in the same transaction, at each change of state of this module's runs. */
  onChange(module: string, told: OnChange): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}
