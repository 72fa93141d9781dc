import type { CrdsAffectedExportQuery } from '@orrery/contracts/crds';
import type { Sql } from '../../core/db/index.ts';
import { AppError } from '../../core/errors.ts';
import { listProducts, listRows, type RowCursor, type RowFilter } from '../affected/results.store.ts';
import { apiAffectedRow } from './affected.wire.ts';

export type ExportFormat = NonNullable<CrdsAffectedExportQuery['format']>;

/** Rows read at a time; what is in memory. */
const batchRows = 5000;
const columns = ['dataset', 'instrument', 'date', 'type', 'old', 'new'] as const;

/** The rows of a run in pieces of text; of the format `ids` its products, whatever the filter. */
export async function* exportRows(
  sql: Sql,
  runId: number,
  filter: RowFilter,
  format: ExportFormat,
): AsyncGenerator<string> {
  if (format === 'ids') {
    const products = await listProducts(sql, runId);
    for (let at = 0; at < products.length; at += batchRows)
      yield `${products.slice(at, at + batchRows).join('\n')}\n`;
    return;
  }
  if (format === 'csv') yield `${columns.join(',')}\r\n`;
  let after: RowCursor = { datasetId: 0, type: '' };
  for (;;) {
    const rows = await listRows(sql, runId, filter, after, batchRows);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows
      .map(apiAffectedRow)
      .map((row) =>
        format === 'csv'
          ? `${columns.map((name) => csvCell(row[name])).join(',')}\r\n`
          : `${JSON.stringify(row)}\n`,
      )
      .join('');
    if (rows.length < batchRows) return;
    after = { datasetId: last.datasetId, type: last.type };
  }
}

/** A cell after RFC 4180; text that a spreadsheet would take for a formula gets an apostrophe before it. */
function csvCell(value: string | null): string {
  const text = value ?? '';
  const harmless = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

const mostAtOnce = 6;

/** How many exports run at a time in this process; returns how to give the place back. */
export class ExportPlaces {
  #taken = 0;

  /** Throws `crds.exports-many`. */
  take(): () => void {
    if (this.#taken >= mostAtOnce) {
      throw new AppError(
        'too-many',
        'crds.exports-many',
        `${this.#taken} exports are under way; no more run at a time.`,
        {
          next: 'Wait until one has ended.',
          retryAfterSeconds: 10,
        },
      );
    }
    this.#taken += 1;
    let isGiven = false;
    return () => {
      if (!isGiven) this.#taken -= 1;
      isGiven = true;
    };
  }
}
