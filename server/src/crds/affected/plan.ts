import type { Core } from '../../core/core.ts';
import { instantOf } from '../datasets/exposure-date.ts';
import type { Touched } from './changed-rules.ts';
import { differing, filesOfContext, textsOf } from './mapping-texts.ts';
import { countMonths, type NewPart } from './part.store.ts';
import type { AffectedRun } from './run.store.ts';

/** Datasets of a part: few enough for a restart to lose little, many enough for the queue not to count. */
const leastPerPart = 20_000;
/** Parts of a run at most, about. */
const mostParts = 400;

export interface Plan {
  touched: Touched[];
  parts: NewPart[];
  total: number;
}

/** What has to be looked at for a run. Throws `crds.comparison-impossible`. */
export async function planRun(core: Core, run: AffectedRun): Promise<Plan> {
  const { observatory, oldContext, newContext } = run;
  const old = await filesOfContext(core, observatory, oldContext);
  const current = await filesOfContext(core, observatory, newContext);
  const texts = await textsOf(core, differing(old, current, [oldContext, newContext]));
  const touched = await core.threads.run<Touched[]>(
    new URL('./touched.thread.ts', import.meta.url),
    'findTouched',
    [oldContext, newContext, texts],
    { timeoutMs: 300_000 },
  );
  const months = new Map<string, Awaited<ReturnType<typeof countMonths>>>();
  for (const [instrument, since] of sinceByInstrument(touched)) {
    const from = run.sinceAt ?? since;
    months.set(instrument, await countMonths(core.db.sql, observatory, instrument, from));
  }
  const total = [...months.values()].flat().reduce((sum, { datasets }) => sum + datasets, 0);
  const perPart = Math.max(leastPerPart, Math.ceil(total / mostParts));
  return { touched, total, parts: [...months].flatMap(([name, of]) => cut(name, of, perPart)) };
}

/** From when on exposures of an instrument may be affected; null: all of them. */
function sinceByInstrument(touched: readonly Touched[]): Map<string, Date | null> {
  const since = new Map<string, Date | null>();
  for (const [instrument, types] of Map.groupBy(touched, (one) => one.instrument)) {
    const dates = types.map((type) => (type.since === null ? null : instantOf(type.since)));
    const known = dates.filter((date) => date !== null).sort((a, b) => a.getTime() - b.getTime());
    since.set(instrument, known.length < dates.length ? null : (known[0] ?? null));
  }
  return since;
}

/** Whole months together until they have enough datasets; the last part has no end, for what comes in meanwhile. */
function cut(
  instrument: string,
  months: ReadonlyArray<{ from: Date; datasets: number }>,
  perPart: number,
): NewPart[] {
  const parts: NewPart[] = [];
  for (const { from, datasets } of months) {
    const last = parts.at(-1);
    if (last !== undefined && last.total + datasets <= perPart * 1.5) {
      last.total += datasets;
      continue;
    }
    if (last !== undefined) last.untilAt = from;
    parts.push({ instrument, fromAt: from, untilAt: null, total: datasets });
  }
  return parts;
}
