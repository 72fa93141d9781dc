export type StepUnit = 'day' | 'month' | 'year';

export interface ExposureBar {
  /** Begin of the step, an instant. */
  from: string;
  affected: number;
}

/** More steps than this are not drawn; a longer span comes with a coarser unit. */
const mostSteps = 1200;
const dayMs = 86_400_000;

/** The begin of the step after the one that begins at `from`. */
export function nextStep(from: string, unit: StepUnit): string {
  if (unit === 'day') return new Date(Date.parse(from) + dayMs).toISOString();
  const [year = 0, month = 1] = from.split('-').map(Number);
  // A month is counted from 0: the number of this one is that of the next.
  const next = unit === 'month' ? Date.UTC(year, month, 1) : Date.UTC(year + 1, month - 1, 1);
  return new Date(next).toISOString();
}

/** All steps between the first and the last, so that gaps are seen as gaps. */
export function filledBars(bars: readonly ExposureBar[], unit: StepUnit): ExposureBar[] {
  const sorted = bars.toSorted((a, b) => Date.parse(a.from) - Date.parse(b.from));
  const last = sorted.at(-1);
  const filled: ExposureBar[] = [];
  for (const bar of sorted) {
    let due = filled.at(-1) === undefined ? undefined : nextStep(filled.at(-1)?.from ?? '', unit);
    while (due !== undefined && Date.parse(due) < Date.parse(bar.from) && filled.length < mostSteps) {
      filled.push({ from: due, affected: 0 });
      due = nextStep(due, unit);
    }
    if (filled.length < mostSteps || bar === last) filled.push(bar);
  }
  return filled;
}
