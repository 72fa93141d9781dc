import type { Fields } from '../front/fields.ts';

/** Where a figure of a report stands: column of `panda.heartbeat`, argument of updateJob, argument of update_job. */
interface Figure {
  readonly column: string;
  readonly type: 'smallint' | 'integer' | 'bigint' | 'real';
  readonly legacy: string;
  readonly v1: string;
  /** Sent in bytes, stored in KiB. */
  readonly inBytes?: 'always' | 'v1';
}

/** Ten digits: what the columns of the reference hold (panda-server 1.0.3, updateJob). */
const tenDigits = 10 ** 10 - 1;

const memory = ['rss', 'vmem', 'swap', 'pss'] as const;
const traffic = ['rchar', 'wchar', 'rbytes', 'wbytes'] as const;

/**
 * The figures of a report, of which a pilot sends those it has. Totals come in bytes; rates come in bytes/s, which
 * the legacy method keeps as they are and v1 divides by 1024 (panda-server 1.0.3).
 */
export const figures: readonly Figure[] = [
  { column: 'cpu_seconds', type: 'integer', legacy: 'cpuConsumptionTime', v1: 'cpu_consumption_time' },
  { column: 'cores', type: 'smallint', legacy: 'coreCount', v1: 'core_count' },
  { column: 'mean_cores', type: 'real', legacy: 'meanCoreCount', v1: 'mean_core_count' },
  { column: 'n_events', type: 'bigint', legacy: 'nEvents', v1: 'n_events' },
  { column: 'n_input_files', type: 'integer', legacy: 'nInputFiles', v1: 'n_input_files' },
  ...(['max', 'avg'] as const).flatMap((kind) =>
    memory.map((what): Figure => {
      const name = what.toUpperCase();
      return { column: `${kind}_${what}_kb`, type: 'integer', legacy: kind + name, v1: `${kind}_${what}` };
    }),
  ),
  ...traffic.map((what): Figure => {
    const legacy = `tot${what.toUpperCase()}`;
    return { column: `tot_${what}_kb`, type: 'bigint', legacy, v1: `tot_${what}`, inBytes: 'always' };
  }),
  ...traffic.map((what): Figure => {
    const legacy = `rate${what.toUpperCase()}`;
    return { column: `rate_${what}`, type: 'bigint', legacy, v1: `rate_${what}`, inBytes: 'v1' };
  }),
];

const mostOf = { smallint: 32_767, integer: 2_147_483_647, bigint: tenDigits, real: 1e30 } as const;

/** Figures by column; what was not sent, or is no number, is absent. */
export type Figures = Record<string, number>;

/** Reads the figures of a report. `legacy` names are expected; `generation` only decides about units. */
export function readFigures(fields: Fields, generation: 'legacy' | 'v1'): Figures {
  const found: Figures = {};
  for (const { column, type, legacy, inBytes } of figures) {
    const sent = fields.number(legacy);
    if (sent === undefined) continue;
    const value = inBytes === 'always' || inBytes === generation ? sent / 1024 : sent;
    const most = mostOf[type];
    const cut = Math.min(Math.max(value, -most), most);
    found[column] = type === 'real' ? cut : Math.trunc(cut);
  }
  return { ...found, ...readLeak(fields.text('jobMetrics') ?? '') };
}

/** The slope of the payload's memory and how well the line fits, out of `leak=… chi2=…` in the job metrics. */
function readLeak(metrics: string): Figures {
  const find = (name: string): number | undefined => {
    const text = new RegExp(`${name}=(-?\\d+\\.*\\d+)`).exec(metrics)?.[1];
    const value = text === undefined ? Number.NaN : Number(text);
    return Number.isFinite(value) ? value : undefined;
  };
  const leak = find('leak');
  const fit = find('chi2');
  return {
    ...(leak === undefined
      ? {}
      : { memory_leak: Math.max(-tenDigits, Math.min(Math.trunc(leak), tenDigits)) }),
    ...(fit === undefined ? {} : { memory_leak_x2: Math.min(fit, 10 ** 11 - 1) }),
  };
}

/** Columns of `panda.heartbeat` that reports fill, with their types, for statements. */
export const figureColumns: ReadonlyArray<{ column: string; type: string }> = [
  ...figures.map(({ column, type }) => ({ column, type })),
  { column: 'memory_leak', type: 'real' },
  { column: 'memory_leak_x2', type: 'real' },
  { column: 'job_metrics', type: 'text' },
];
