import type { CrdsAffectedDetails, CrdsAffectedRow, CrdsAffectedRun } from '@orrery/contracts/crds';
import type { AffectedRow } from '../affected/results.store.ts';
import type { AffectedRun } from '../affected/run.store.ts';
import { idOf } from '../datasets/read.ts';
import { instantOrNull } from './file.wire.ts';

export function apiRun(run: AffectedRun, now: Date): CrdsAffectedRun {
  return {
    id: run.affectedRunId,
    old: run.oldContext,
    new: run.newContext,
    state: run.state,
    message: run.message,
    by: run.requestedBy,
    createdAt: run.createdAt.toISOString(),
    startedAt: instantOrNull(run.startedAt),
    endedAt: instantOrNull(run.endedAt),
    total: run.total,
    looked: run.looked,
    affected: run.affected,
    errors: run.errors,
    expectedAt: instantOrNull(expectedEnd(run, now)),
  };
}

/** At the speed it has had so far. */
function expectedEnd({ state, startedAt, total, looked }: AffectedRun, now: Date): Date | null {
  if (state !== 'running' || startedAt === null || total === null || looked === 0) return null;
  const elapsedMs = Math.max(0, now.getTime() - startedAt.getTime());
  return new Date(now.getTime() + (elapsedMs * Math.max(0, total - looked)) / looked);
}

export function apiAffectedRow(row: AffectedRow): CrdsAffectedRow {
  return {
    dataset: idOf(row),
    instrument: row.instrument,
    date: row.exposedAt.toISOString(),
    type: row.type,
    old: row.old,
    new: row.new,
  };
}

/** More months than these are shown as years. */
const mostMonths = 60;

/** Affected datasets by date of exposure. */
export function histogramOf(
  months: ReadonlyArray<{ month: Date; datasets: number }>,
): CrdsAffectedDetails['histogram'] {
  const isLong = spanOf(months) > mostMonths;
  const bars = new Map<string, number>();
  for (const { month, datasets } of months) {
    const from = isLong ? new Date(Date.UTC(month.getUTCFullYear(), 0)) : month;
    bars.set(from.toISOString(), (bars.get(from.toISOString()) ?? 0) + datasets);
  }
  return {
    unit: isLong ? 'year' : 'month',
    bars: [...bars].map(([from, affected]) => ({ from, affected })),
    undated: 0,
  };
}

function spanOf(months: ReadonlyArray<{ month: Date }>): number {
  const [first] = months;
  const last = months.at(-1);
  if (first === undefined || last === undefined) return 0;
  const numberOf = ({ month }: { month: Date }) => month.getUTCFullYear() * 12 + month.getUTCMonth();
  return numberOf(last) - numberOf(first);
}
