import type { Actor } from '../../core/auth/index.ts';
import type { Core } from '../../core/core.ts';
import type { Tx } from '../../core/db/index.ts';
import { resolveContext } from '../contexts/resolve.ts';
import { isMappingName } from '../rules/index.ts';
import { affectedMissing, contextUnsuitable, runEnded, runUnknown } from './errors.ts';
import { planTask } from './plan.task.ts';
import { errorSummary, listProducts } from './results.store.ts';
import { type AffectedRun, endRun, findDoneRun, findOpenRun, findRun, insertRun } from './run.store.ts';

export interface AffectedWish {
  observatory: string;
  /** Contexts: names of pmaps, symbolic or dated ones. */
  old: string;
  new: string;
  /** Only exposures since then; by the rules that changed when absent. */
  since?: Date | null;
}

/**
 * Starts to look which datasets get other files from a new context. A comparison of the same contexts that is under
 * way is the answer instead of a second one. Returns its number. Throws `crds.context-unknown`, `-unset`, `-unsuitable`.
 */
export async function startAffected(core: Core, wish: AffectedWish, actor: Actor): Promise<number> {
  const { observatory, since = null } = wish;
  const oldContext = await wholeContext(core, observatory, wish.old);
  const newContext = await wholeContext(core, observatory, wish.new);
  return await core.db.transaction(async (tx) => {
    if (since === null) {
      // Callers of the same moment wait for one another, so that all get the same run.
      const pair = `crds.affected_run/${observatory}/${oldContext}/${newContext}`;
      await tx`select pg_advisory_xact_lock(hashtextextended(${pair}, 0))`;
      const open = await findOpenRun(tx, observatory, oldContext, newContext);
      if (open !== null) return open;
    }
    const runId = await addRun(core, tx, {
      observatory,
      oldContext,
      newContext,
      sinceAt: since,
      requestedBy: actor.name,
    });
    const { name, ...where } = actor;
    await core.audit.record(tx, {
      actor: name,
      action: 'crds.affected-started',
      object: { kind: 'crds.affected-run', id: String(runId) },
      details: { observatory, old: oldContext, new: newContext, since: since?.toISOString() ?? null },
      ...where,
    });
    return runId;
  });
}

/** Adds a run and the task that plans it. */
export async function addRun(core: Core, tx: Tx, run: Parameters<typeof insertRun>[1]): Promise<number> {
  const runId = await insertRun(tx, run);
  await core.queue.add(tx, planTask, { runId });
  return runId;
}

async function wholeContext(core: Core, observatory: string, spec: string): Promise<string> {
  const name = await resolveContext(core, observatory, spec);
  if (!name.endsWith('.pmap')) throw contextUnsuitable(name);
  return name;
}

/** Names that nobody knows have no results, which clients bear; a history may name contexts that are not here. */
async function askedContext(core: Core, observatory: string, spec: string | null): Promise<string | null> {
  return spec === null || isMappingName(spec) ? spec : await resolveContext(core, observatory, spec);
}

/** The run of an observatory. Throws `crds.affected-run-unknown`. */
export async function getRun(core: Core, observatory: string, runId: number): Promise<AffectedRun> {
  const run = Number.isSafeInteger(runId) ? await findRun(core.db.sql, runId) : null;
  if (run === null || run.observatory !== observatory) throw runUnknown(runId);
  return run;
}

/**
 * Ends a comparison; its tasks stop at their next piece. What it found stays to be looked at, and counts for nothing.
 * Throws `crds.affected-run-unknown`, `crds.affected-run-ended`.
 */
export async function cancelAffected(
  core: Core,
  observatory: string,
  runId: number,
  actor: Actor,
): Promise<void> {
  const run = await getRun(core, observatory, runId);
  await core.db.transaction(async (tx) => {
    if (!(await endRun(tx, runId, 'cancelled', `Cancelled by ${actor.name}.`)))
      throw runEnded(runId, run.state);
    const { name, ...where } = actor;
    await core.audit.record(tx, {
      actor: name,
      action: 'crds.affected-cancelled',
      object: { kind: 'crds.affected-run', id: String(runId) },
      details: { observatory, old: run.oldContext, new: run.newContext },
      ...where,
    });
  });
}

/** What clients are told of a comparison (crds 13.2.7, get_affected_datasets). */
export interface AffectedResult {
  /** Product ids in lower case, sorted. */
  affected_ids: string[];
  /** 0 when the new context has an answer for every dataset and type. */
  bestrefs_status: number;
  bestrefs_err_summary: string;
  /** When the comparison was started, `YYYY-MM-DD-HH:MM:SS`. */
  computation_dir: string;
  old_context: string;
  new_context: string;
  observatory: string;
}

/**
 * The newest finished comparison of two contexts over all datasets; the newest of all when they are null. Throws
 * `crds.affected-missing` with the words that clients look for.
 */
export async function affectedResult(
  core: Core,
  observatory: string,
  old: string | null,
  current: string | null,
): Promise<AffectedResult> {
  const oldContext = await askedContext(core, observatory, old);
  const newContext = await askedContext(core, observatory, current);
  const run = await findDoneRun(core.db.sql, observatory, oldContext, newContext);
  if (run === null) throw affectedMissing(oldContext, newContext);
  return {
    affected_ids: await listProducts(core.db.sql, run.affectedRunId),
    bestrefs_status: run.errors === 0 ? 0 : 1,
    bestrefs_err_summary: await errorSummary(core.db.sql, run),
    computation_dir: run.createdAt.toISOString().slice(0, 19).replace('T', '-'),
    old_context: run.oldContext,
    new_context: run.newContext,
    observatory,
  };
}
