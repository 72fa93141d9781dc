import { setImmediate } from 'node:timers/promises';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import { type Traits, traitsOf } from '../rules/traits.ts';
import { LineRefused, type NewDataset, readDatasetLine } from './dataset-line.ts';
import { type RowToStore, upsertDatasets } from './datasets.store.ts';
import { writeHeader } from './header-text.ts';
import { linesOf } from './lines.ts';
import { placesFor } from './parameters.ts';

/** What became of a load. */
export interface LoadReport {
  /** Lines that were read, blank ones left out. */
  lines: number;
  added: number;
  /** Known datasets that have another header, date or instrument now. */
  changed: number;
  /** Known datasets that are the same as before, and lines that a later line of the load overrode. */
  unchanged: number;
  refused: number;
  /** The first refused lines, numbered from 1. */
  problems: Array<{ line: number; message: string }>;
}

const rowsAtOnce = 2000;
const mostProblems = 100;
/** Longest time in which nobody else is answered, milliseconds: one piece of a stream may have 30,000 lines. */
const longestTurnMs = 10;

/**
 * Registers the datasets of a stream of lines `{id, instrument, header, date}`. A line that is wrong is left out and
 * told; the others are kept. Rows are durable in batches, and loading the same again changes nothing, so a load that
 * broke off is simply repeated.
 */
export async function loadDatasets(
  core: Core,
  observatory: string,
  bytes: AsyncIterable<Uint8Array>,
  progress: (report: LoadReport) => void = () => {},
): Promise<LoadReport> {
  const report: LoadReport = { lines: 0, added: 0, changed: 0, unchanged: 0, refused: 0, problems: [] };
  const { translate } = traitsOf(observatory);
  let batch = new Map<string, Numbered>();
  // One batch is stored while the next one is read.
  let storing: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    await storing;
    const rows = [...batch.values()];
    batch = new Map();
    storing = store(core, observatory, rows, report).then(() => progress(report));
    storing.catch(() => {}); // thrown where it is waited for
  };
  let turnBeganMs = performance.now();
  for await (const lines of linesOf(bytes)) {
    for (const { line, text } of lines) {
      if (performance.now() - turnBeganMs > longestTurnMs) {
        await setImmediate();
        turnBeganMs = performance.now();
      }
      report.lines += 1;
      const dataset = readLine(line, text, report, translate);
      if (dataset === undefined) continue;
      const id = `${dataset.product}:${dataset.exposure}`.toLowerCase();
      if (batch.delete(id)) report.unchanged += 1; // the later line counts
      batch.set(id, { line, dataset });
      if (batch.size >= rowsAtOnce) await flush();
    }
  }
  if (batch.size > 0) await flush();
  await storing;
  return report;
}

interface Numbered {
  line: number;
  dataset: NewDataset;
}

function readLine(
  line: number,
  text: string,
  report: LoadReport,
  translate: Traits['translate'],
): NewDataset | undefined {
  try {
    return readDatasetLine(text, translate);
  } catch (error) {
    if (!(error instanceof LineRefused)) throw error;
    refuse(report, line, error.message);
    return undefined;
  }
}

function refuse(report: LoadReport, line: number, message: string): void {
  report.refused += 1;
  if (report.problems.length < mostProblems) report.problems.push({ line, message });
}

/** In the order of ids, so that two loads of the same datasets do not wait for each other in a circle. */
async function store(
  core: Core,
  observatory: string,
  batch: readonly Numbered[],
  report: LoadReport,
): Promise<void> {
  const rows = await rowsOf(core, observatory, batch, report);
  if (rows.length === 0) return;
  rows.sort((a, b) => (a.key < b.key ? -1 : 1));
  const { added, changed } = await upsertDatasets(core.db.sql, observatory, rows);
  report.added += added;
  report.changed += changed;
  report.unchanged += rows.length - added - changed;
}

async function rowsOf(
  core: Core,
  observatory: string,
  batch: readonly Numbered[],
  report: LoadReport,
): Promise<Array<RowToStore & { key: string }>> {
  const rows: Array<RowToStore & { key: string }> = [];
  for (const [instrument, datasets] of Map.groupBy(batch, ({ dataset }) => dataset.instrument)) {
    const names = new Set(datasets.flatMap(({ dataset }) => [...dataset.header.keys()]));
    let placeOf: ReadonlyMap<string, number>;
    try {
      ({ placeOf } = await placesFor(core, observatory, instrument, names));
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'crds.parameters-many') throw error;
      for (const { line } of datasets) refuse(report, line, error.message);
      continue;
    }
    for (const { dataset } of datasets) {
      const { product, exposure, exposedAt, header } = dataset;
      const values: Array<string | undefined> = new Array(placeOf.size);
      for (const [name, value] of header) values[placeOf.get(name) as number] = value;
      rows.push({
        key: `${product}:${exposure}`.toLowerCase(),
        instrument,
        product,
        exposure,
        exposedAt,
        header: writeHeader(values),
      });
    }
  }
  return rows;
}
