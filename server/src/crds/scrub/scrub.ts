import type { Core } from '../../core/core.ts';
import { storeFaults, storeProofs, type Turn } from '../catalogue/proof.store.ts';
import { type Checked, checkFile, type Provable } from './check-file.ts';
import { Pace } from './pace.ts';
import {
  advance,
  beginRound,
  filesAfter,
  filesUnproven,
  finishRound,
  type Round,
  roundOf,
} from './round.store.ts';

export type ScrubCore = Pick<Core, 'db' | 'files' | 'events'>;

export interface ScrubLimits {
  /** Files to check at most. */
  files: number;
  bytesPerSecond: number;
  /** No further file is begun after this time. */
  untilMs: number;
  /** The next round begins no sooner than this after the last one began. */
  roundHours: number;
}

/** Proofs of one transaction: what a killed check loses. */
const filesTogether = 50;
const bytesTogether = 256 * 1024 * 1024;

/** A file larger than the pace allows in this time is read faster: it has to be done in one go. */
const longestFileSeconds = 600;

/**
 * Checks the next files of an observatory in order of their names, round after round. Between two rounds only files
 * that were never checked are. Where it is stands in the database with the proofs, so that it goes on after any end.
 */
export async function scrubSome(
  core: ScrubCore,
  observatory: string,
  limits: ScrubLimits,
  signal?: AbortSignal,
): Promise<{ files: number; roundEnded: boolean }> {
  const { sql } = core.db;
  const reader = new Reader(core, limits, signal);
  await roundOf(sql, observatory);
  await beginRound(sql, observatory, limits.roundHours);
  let roundEnded = false;
  while (!reader.isOver) {
    const round = await roundOf(sql, observatory);
    const isResting = round.finishedAt !== null;
    const next = isResting
      ? await filesUnproven(sql, observatory, reader.allowed)
      : await filesAfter(sql, observatory, round.afterName, reader.allowed);
    if (next.length === 0 && isResting) break;
    if (next.length === 0) roundEnded = await endRound(core, observatory, round);
    else await keepProofs(core, observatory, isResting ? null : round, await reader.read(next));
  }
  return { files: reader.files, roundEnded };
}

class Reader {
  files = 0;
  private readonly core: ScrubCore;
  private readonly limits: ScrubLimits;
  private readonly signal: AbortSignal | undefined;
  private readonly pace: Pace;
  private readonly endsAt: number;

  constructor(core: ScrubCore, limits: ScrubLimits, signal: AbortSignal | undefined) {
    this.core = core;
    this.limits = limits;
    this.signal = signal;
    this.pace = new Pace(limits.bytesPerSecond);
    this.endsAt = performance.now() + limits.untilMs;
  }

  get isOver(): boolean {
    this.signal?.throwIfAborted();
    return this.files >= this.limits.files || performance.now() >= this.endsAt;
  }

  /** Files that may be checked in the next transaction. */
  get allowed(): number {
    return Math.min(filesTogether, this.limits.files - this.files);
  }

  async read(files: readonly Provable[]): Promise<Checked[]> {
    const checked: Checked[] = [];
    let bytes = 0;
    for (const file of files) {
      if (checked.length > 0 && (bytes >= bytesTogether || performance.now() >= this.endsAt)) break;
      const { signal } = this;
      const one = await checkFile(this.core, file, {
        pace: this.paceOf(file),
        ...(signal === undefined ? {} : { signal }),
      });
      checked.push(one);
      bytes += one.bytes;
    }
    this.files += checked.length;
    return checked;
  }

  private paceOf({ sizeBytes }: Provable): Pace {
    const needed = (sizeBytes ?? 0) / longestFileSeconds;
    return needed > this.limits.bytesPerSecond ? new Pace(needed) : this.pace;
  }
}

/** Without a round (between two) only the proofs are stored. */
async function keepProofs(
  core: ScrubCore,
  observatory: string,
  round: Round | null,
  checked: readonly Checked[],
): Promise<void> {
  await core.db.transaction(async (tx) => {
    if (round !== null) {
      const afterName = checked.at(-1)?.name ?? round.afterName;
      const bytes = checked.reduce((sum, one) => sum + one.bytes, 0);
      const wrong = checked.filter(({ result }) => result !== 'sound').length;
      // Whoever else has checked the same files meanwhile has stored it.
      if (!(await advance(tx, observatory, round, { afterName, files: checked.length, bytes, wrong })))
        return;
    }
    await tellTurns(core, tx, observatory, await storeProofs(tx, observatory, checked));
    await storeFaults(tx, observatory, checked);
  });
}

/** Files that became wrong, or sound again: who watches is told at once. */
export async function tellTurns(
  core: Pick<Core, 'events'>,
  tx: Parameters<Core['events']['publishMany']>[0],
  observatory: string,
  turns: readonly Turn[],
): Promise<void> {
  await core.events.publishMany(
    tx,
    turns.map(({ name, result, found }) => ({
      topic: 'crds.proof',
      key: `${observatory}/${name}`,
      data: { observatory, name, result, found },
    })),
  );
}

async function endRound(core: ScrubCore, observatory: string, round: Round): Promise<boolean> {
  return await core.db.transaction(async (tx) => {
    const isOurs = await finishRound(tx, observatory, round);
    if (isOurs) {
      const { checkedFiles, checkedBytes, wrongFiles, startedAt } = round;
      await core.events.publish(tx, 'crds.scrub', observatory, {
        checkedFiles,
        checkedBytes,
        wrongFiles,
        startedAt,
      });
    }
    return isOurs;
  });
}
