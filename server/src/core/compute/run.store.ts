import type { Sql, Tx } from '../db/index.ts';
import type { Namespace } from '../files/index.ts';
import type { ComputeInput, ComputeLimits, ComputeRequest } from './request.ts';
import { type ComputeRun, type ExitReason, type RunState, sourcesOf } from './run.ts';

/** The part of a request that is kept with the run; inputs have rows of their own. */
export interface StoredRequest {
  command: string[];
  environment: Record<string, string>;
  limits: ComputeLimits;
  readable: string[];
  network: 'open' | 'none' | null;
  executables: string[];
}

export interface RunRow {
  runId: string;
  seq: number;
  ownerModule: string;
  ownerKind: string;
  ownerId: string;
  fairKey: string;
  backend: string;
  state: RunState;
  request: StoredRequest;
  asAdmin: boolean;
  host: string | null;
  slot: number | null;
  folder: string | null;
  attempt: number;
  claimedBy: string | null;
  stopReason: string | null;
  /** Without the ten seconds to end by itself. */
  stopNow: boolean;
  exitCode: number | null;
  exitSignal: string | null;
  exitReason: ExitReason | null;
  exitMessage: string | null;
  queuedAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
  wallSeconds: number | null;
  cpuSeconds: number | null;
  peakMemoryMb: number | null;
}

/** Columns that a change of state may set. */
export type RunChange = Partial<Omit<RunRow, 'runId' | 'seq' | 'state' | 'request'>> & { leaseUntil?: null };

export async function insertRun(tx: Tx, runId: string, request: ComputeRequest): Promise<void> {
  const { owner, fairKey, command, environment, limits } = request;
  const stored: StoredRequest = {
    command,
    environment,
    limits,
    readable: request.readable ?? [],
    network: request.network ?? null,
    executables: request.inputs.filter((input) => input.executable).map((input) => input.path),
  };
  await tx`
    insert into core.compute_run
      (run_id, owner_module, owner_kind, owner_id, fair_key, backend, as_admin, request)
    values (${runId}, ${owner.module}, ${owner.kind}, ${owner.id}, ${fairKey}, ${request.backend ?? 'local'},
            ${request.asAdmin ?? false}, ${tx.json({ ...stored, limits: { ...limits } })})`;
  for (const input of request.inputs) await insertInput(tx, runId, input);
}

async function insertInput(tx: Tx, runId: string, { path, content }: ComputeInput): Promise<void> {
  const carried = Buffer.isBuffer(content) ? content : null;
  const blob = !Buffer.isBuffer(content) && 'sha256' in content ? content : null;
  const file = !Buffer.isBuffer(content) && 'file' in content ? content.file : null;
  await tx`
    insert into core.compute_input (run_id, path, content, sha256, namespace, file)
    values (${runId}, ${path}, ${carried}, ${blob?.sha256 ?? null}, ${blob?.namespace ?? null}, ${file})`;
}

export interface InputRow {
  path: string;
  content: Buffer | null;
  sha256: string | null;
  namespace: Namespace | null;
  file: string | null;
}

export function listInputs(sql: Sql, runId: string): Promise<InputRow[]> {
  return sql<InputRow[]>`
    select path, content, sha256, namespace, file from core.compute_input where run_id = ${runId} order by path`;
}

export function deleteInputs(tx: Tx, runId: string): Promise<unknown> {
  return tx`delete from core.compute_input where run_id = ${runId}`;
}

export function listRuns(sql: Sql, runIds: readonly string[]): Promise<RunRow[]> {
  return sql<RunRow[]>`select * from core.compute_run where run_id = any(${[...runIds]})`;
}

export async function lockRun(tx: Tx, runId: string): Promise<RunRow | null> {
  const [row] = await tx<RunRow[]>`select * from core.compute_run where run_id = ${runId} for update`;
  return row ?? null;
}

/** Moves a run to `to` if the table of transitions allows it from where it is; null when it does not. */
export async function updateState(
  tx: Tx,
  runId: string,
  to: RunState,
  change: RunChange,
): Promise<RunRow | null> {
  const [row] = await tx<RunRow[]>`
    update core.compute_run set ${tx({ state: to, ...change })}
    where run_id = ${runId} and state = any(${sourcesOf(to)})
    returning *`;
  return row ?? null;
}

/** A run that is ending gets no more time for it. */
export async function hurryRun(tx: Tx, runId: string): Promise<RunRow | null> {
  const [row] = await tx<RunRow[]>`
    update core.compute_run set stop_now = true where run_id = ${runId} and state = 'ending' returning *`;
  return row ?? null;
}

export async function deleteEndedRun(sql: Sql, runId: string): Promise<boolean> {
  const rows =
    await sql`delete from core.compute_run where run_id = ${runId} and state = 'ended' returning 1`;
  return rows.length > 0;
}

/** The run as its owner sees it. `why` says where it stands; for queued ones the caller knows better. */
export function toRun(row: RunRow, why = standing(row)): ComputeRun {
  const exit = row.exitReason && {
    code: row.exitCode,
    signal: row.exitSignal,
    reason: row.exitReason,
    message: row.exitMessage ?? '',
  };
  return {
    runId: row.runId,
    owner: { module: row.ownerModule, kind: row.ownerKind, id: row.ownerId },
    fairKey: row.fairKey,
    backend: row.backend,
    state: row.state,
    why,
    exit: exit ?? null,
    queuedAt: row.queuedAt,
    startedAt: row.startedAt,
    endedAt: row.endedAt,
    wallSeconds: row.wallSeconds,
    cpuSeconds: row.cpuSeconds,
    peakMemoryMb: row.peakMemoryMb,
    host: row.host,
  };
}

function standing(row: RunRow): string {
  switch (row.state) {
    case 'queued':
      return 'Waits for a free slot.';
    case 'starting':
      return 'Its folder and inputs are being prepared.';
    case 'running':
      return `Runs in slot ${row.slot}; is stopped after ${row.request.limits.wallSeconds} s at the latest.`;
    case 'ending':
      return `Is being stopped: ${row.stopReason ?? 'asked to'}.${row.stopNow ? '' : ' It has ten seconds to end by itself.'}`;
    case 'ended':
      return row.exitMessage ?? 'Has ended.';
  }
}
