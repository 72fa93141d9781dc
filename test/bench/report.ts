import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';

/** One figure: what it is, how much, of what, and what it has to be (`≥ 15,000` or `< 25`). */
export interface Line {
  name: string;
  value: number;
  unit: string;
  limit?: string;
}

export type Report = (line: Line) => void;

export interface BenchOptions {
  /** A tenth of the work, to see that it runs. Its figures say little. */
  quick: boolean;
}

/** A file `*.bench.ts` exports this. It throws when what it measured was done wrong. */
export type Bench = (report: Report, options: BenchOptions) => Promise<void>;

/** Whether a figure meets its goal; undefined without one. */
export function isMet({ value, limit }: Line): boolean | undefined {
  if (limit === undefined) return undefined;
  const [, sign, number] = /^([≥≤<>=]) *(-?[\d,.]+)/.exec(limit) ?? [];
  const goal = Number(number?.replaceAll(',', ''));
  if (!Number.isFinite(goal)) throw new Error(`"${limit}" is no goal: a sign and a number`);
  switch (sign) {
    case '≥':
      return value >= goal;
    case '≤':
      return value <= goal;
    case '<':
      return value < goal;
    case '>':
      return value > goal;
    default:
      return value === goal;
  }
}

export function formatLine(line: Line): string {
  const { name, value, unit, limit } = line;
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : 1;
  const figure = value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const verdict = limit === undefined ? '' : `   ${isMet(line) ? 'good ' : 'SHORT'}  goal ${limit}`;
  return `  ${name.padEnd(66)} ${figure.padStart(10)} ${unit.padEnd(10)}${verdict}`.trimEnd();
}

/** The machine, as far as figures depend on it. */
export function describeMachine(): Record<string, string | number> {
  const load = readFileSync('/proc/loadavg', 'utf8').split(' ')[0] ?? '';
  return {
    processors: cpus().length,
    model: cpus()[0]?.model ?? 'unknown',
    memoryGb: Math.round(totalmem() / 1e9),
    kernel: release(),
    node: process.versions.node,
    loadBefore: Number(load),
  };
}

/** The value below which `share` of the numbers lie; sorts them. */
export function percentile(numbers: number[] | Float64Array, share: number): number {
  if (numbers.length === 0) return Number.NaN;
  numbers.sort((a: number, b: number) => a - b);
  return numbers[Math.min(Math.floor(numbers.length * share), numbers.length - 1)] as number;
}
