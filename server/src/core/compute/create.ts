import type { Db, Sql, Tx } from '../db/index.ts';
import { AppError } from '../errors.ts';
import { unguessableId } from '../ids.ts';
import type { Log } from '../log.ts';
import { Announcer } from './announce.ts';
import type { ComputeBackend, LogPart } from './backend.ts';
import type { Compute } from './compute.ts';
import type { BlobSource } from './local/folder.ts';
import { LocalBackend, type LocalSettings } from './local/local-backend.ts';
import { checkRequest } from './request.ts';
import {
  deleteEndedRun,
  deleteInputs,
  hurryRun,
  insertRun,
  listRuns,
  lockRun,
  type RunRow,
  toRun,
} from './run.store.ts';
import type { ComputeRun } from './run.ts';
import { whyQueued } from './waiting.ts';

export interface ComputeOptions {
  db: Db;
  log: Log;
  /** Runs live below `<dataDir>/compute/runs`. */
  dataDir: string;
  /** As this process signs its claims: `host:pid:random`. */
  processId: string;
  local: LocalSettings;
  /** Where inputs named by hash come from. */
  files?: BlobSource;
}

/** The compute part; `start()` makes this process execute runs, without it runs can be submitted and read. */
export function createCompute(options: ComputeOptions): Compute {
  const announcer = new Announcer();
  const local = new LocalBackend({ ...options, announcer });
  return assemble(options.db, announcer, [local]);
}

/** Rows, queue and owners' functions around any backends. */
export function assemble(db: Db, announcer: Announcer, all: readonly ComputeBackend[]): Compute {
  const byName = new Map(all.map((backend) => [backend.name, backend]));
  const backendOf = (name: string): ComputeBackend => {
    const backend = byName.get(name);
    if (backend !== undefined) return backend;
    throw new AppError('invalid', 'compute.backend-unknown', `There is no backend "${name}".`, {
      next: `Choose one of: ${[...byName.keys()].join(', ')}.`,
    });
  };
  return {
    async submit(tx, request) {
      checkRequest(request);
      const backend = backendOf(request.backend ?? 'local');
      await backend.admit(tx, request);
      const runId = unguessableId();
      await insertRun(tx, runId, request);
      db.afterCommit(tx, () => backend.wake());
      return runId;
    },
    async cancel(runId, reason, tx, now = false) {
      const end = async (inner: Tx): Promise<void> => {
        const row = await cancelRow(inner, announcer, runId, reason, now);
        if (row?.state === 'ending') db.afterCommit(inner, () => backendOf(row.backend).halt(runId, now));
      };
      await (tx === undefined ? db.transaction(end) : end(tx));
    },
    async haltHere(runIds) {
      const rows = (await listRuns(db.sql, runIds)).filter(({ state }) => state === 'ending');
      const going = await Promise.all(
        rows.map(async (row) =>
          (await backendOf(row.backend).haltHere(row, row.stopNow)) ? row.runId : null,
        ),
      );
      return going.filter((runId) => runId !== null);
    },
    async lock(tx, runId) {
      await lockRun(tx, runId);
    },
    async state(runId) {
      const row = await getRun(db.sql, runId);
      return toRun(row, row.state === 'queued' ? await whyQueued(db.sql, runId) : undefined);
    },
    async states(runIds) {
      const rows = await listRuns(db.sql, runIds);
      const found = new Map(rows.map((row) => [row.runId, toRun(row)]));
      return runIds.map((id) => found.get(id)).filter((run): run is ComputeRun => run !== undefined);
    },
    async collect(runId) {
      const row = await getRun(db.sql, runId);
      if (row.state !== 'ended') throw notEnded(row, 'has left nothing to collect yet');
      return backendOf(row.backend).collect(row);
    },
    async readLog(runId, stream, fromByte, maxBytes): Promise<LogPart> {
      const row = await getRun(db.sql, runId);
      if (row.folder === null) return { bytes: Buffer.alloc(0), nextByte: fromByte, sizeBytes: 0 };
      return backendOf(row.backend).readLog(row, stream, fromByte, maxBytes);
    },
    async remove(runId) {
      const [row] = await listRuns(db.sql, [runId]);
      if (row === undefined) return;
      if (row.state !== 'ended') throw notEnded(row, 'cannot be removed');
      // Folder first: killed in between, the row is still there to ask again.
      await backendOf(row.backend).remove(row);
      await deleteEndedRun(db.sql, runId);
    },
    backends: async () => (await Promise.all(all.map((backend) => backend.report()))).flat(),
    onChange: (module, told) => announcer.register(module, told),
    async start() {
      for (const backend of all) await backend.start();
    },
    async stop() {
      await Promise.all(all.map((backend) => backend.stop()));
    },
  };
}

async function cancelRow(
  tx: Tx,
  announcer: Announcer,
  runId: string,
  reason: string,
  now: boolean,
): Promise<RunRow | null> {
  const row = await lockRun(tx, runId);
  if (row === null) throw unknown(runId);
  // It is ending already and is to hurry.
  if (row.state === 'ending') return now ? hurryRun(tx, runId) : null;
  if (row.state !== 'queued')
    return announcer.change(tx, runId, 'ending', { stopReason: reason, stopNow: now });
  await deleteInputs(tx, runId);
  return announcer.change(tx, runId, 'ended', {
    stopReason: reason,
    exitReason: 'cancelled',
    exitMessage: `Cancelled before it started: ${reason}.`,
    endedAt: new Date(),
  });
}

async function getRun(sql: Sql, runId: string): Promise<RunRow> {
  const [row] = await listRuns(sql, [runId]);
  if (row === undefined) throw unknown(runId);
  return row;
}

function unknown(runId: string): AppError {
  return new AppError('missing', 'compute.run-unknown', `There is no run "${runId}".`, {
    next: 'It may have been removed; look at the object it belonged to.',
  });
}

function notEnded(row: RunRow, what: string): AppError {
  return new AppError('conflict', 'compute.run-active', `The run ${row.runId} is ${row.state} and ${what}.`, {
    next: 'Wait for its end or cancel it.',
  });
}
