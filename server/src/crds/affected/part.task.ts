import Type from 'typebox';
import type { Core } from '../../core/core.ts';
import { defineTask, type TaskContext } from '../../core/queue/index.ts';
import { placesOf } from '../datasets/parameters.ts';
import { announceDone } from './announce.ts';
import type { ComparisonWork, PieceResult } from './compare.thread.ts';
import { findingsOf } from './findings.ts';
import { giveUp } from './give-up.ts';
import { filesOfContext, ofInstrument, textsOf } from './mapping-texts.ts';
import {
  findPart,
  finishPart,
  numberChanges,
  type Part,
  type Piece,
  readPiece,
  storePiece,
} from './part.store.ts';
import { lockRunning, markDone } from './run.store.ts';

const Payload = Type.Object({ runId: Type.Integer(), part: Type.Integer() });

/** Datasets that are read, compared and stored at a time. */
const datasetsAtOnce = 5000;
/** After this time the task makes room for others and goes on later. */
const longestTurnMs = 300_000;

/**
 * Compares the answers of two contexts for the datasets of one part. What a piece found is stored together with the
 * cursor behind it: whoever runs the part again goes on there, and nothing is counted twice.
 */
export const partTask = defineTask({
  name: 'crds.affected-part',
  payload: Payload,
  // One is read while another is compared and a third is stored.
  concurrency: 3,
  maxSeconds: 600,
  async run(context) {
    const { core, payload, attempt } = context;
    try {
      const part = await findPart(core.db.sql, payload.runId, payload.part);
      if (part?.isRunning === true && !part.isDone) await comparePart(context, part);
    } catch (error) {
      if (context.signal.aborted) throw error;
      await giveUp(core.db.sql, payload.runId, attempt, error);
    }
  },
});

type Payload = { runId: number; part: number };

async function comparePart(context: TaskContext<Payload>, start: Part): Promise<void> {
  const { core, payload, signal } = context;
  const began = performance.now();
  let part = start;
  let next = readPiece(core.db.sql, part, datasetsAtOnce);
  for (let piece = await next; piece !== null; piece = await next) {
    signal.throwIfAborted();
    const { cursorAt, cursorId } = piece;
    const behind = { ...part, cursorAt, cursorId, looked: part.looked + piece.datasets };
    next = readPiece(core.db.sql, behind, datasetsAtOnce);
    next.catch(() => {}); // thrown where it is waited for
    const isLate = performance.now() - began > longestTurnMs;
    const goesOn = await comparePiece(context, part, piece, isLate);
    if (!goesOn) return void (await next);
    part = behind;
    context.progress(
      Math.min(1, part.looked / Math.max(1, part.total)),
      `${part.looked} of ${part.total} datasets`,
    );
  }
  await core.db.transaction(async (tx) => {
    await context.hold(tx);
    if ((await lockRunning(tx, payload.runId)) === null) return;
    if (!(await finishPart(tx, payload.runId, payload.part))) return;
    await markDone(tx, payload.runId);
    await announceDone(core, tx, payload.runId);
  });
}

/** False when this task has nothing more to do now. */
async function comparePiece(
  { core, signal, hold, continueWith, payload }: TaskContext<Payload>,
  part: Part,
  piece: Piece,
  isLate: boolean,
): Promise<boolean> {
  const result = await compareInThread(core, part, piece.lines, signal);
  const numbers = await numberChanges(core.db.sql, part.affectedRunId, result.changes);
  const found = findingsOf(result, numbers);
  return await core.db.transaction(async (tx) => {
    await hold(tx);
    const isStored = await storePiece(tx, part, piece, found);
    if (isStored && isLate) await continueWith(tx, payload);
    return isStored && !isLate;
  });
}

async function compareInThread(
  core: Core,
  part: Part,
  lines: string,
  signal: AbortSignal,
): Promise<PieceResult> {
  const { names } = await placesOf(core, part.observatory, part.instrument, 1);
  const key = `${part.affectedRunId}/${part.instrument}/${names.length}`;
  const ask = (work: ComparisonWork | null) =>
    core.threads.run<PieceResult | null>(
      new URL('./compare.thread.ts', import.meta.url),
      'compareDatasets',
      [key, lines, work],
      { signal, timeoutMs: 300_000 },
    );
  const result = (await ask(null)) ?? (await ask(await workOf(core, part, names)));
  if (result === null) throw new Error('the thread did not take the rules');
  return result;
}

/** The rules of both contexts for one instrument, for a thread that does not have them. */
async function workOf(core: Core, part: Part, places: readonly string[]): Promise<ComparisonWork> {
  const { observatory, oldContext, newContext, instrument, touched } = part;
  const types = touched.filter((one) => one.instrument === instrument);
  const old = await filesOfContext(core, observatory, oldContext);
  const current = await filesOfContext(core, observatory, newContext);
  const texts = await textsOf(core, ofInstrument(new Map([...old, ...current]), instrument));
  return { oldContext, newContext, instrument, types, texts, places };
}
