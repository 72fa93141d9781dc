import type { UwsJobRow } from '@orrery/contracts/uws';
import type { Sql } from '../../core/db/index.ts';
import { AppError } from '../../core/errors.ts';
import { type JobFilter, listJobs, type Place } from '../jobs/list.store.ts';
import { apiRow } from './list.routes.ts';

/** Rows read in one statement; what is in memory at a time. */
const batchRows = 1000;

const columns = [
  'id',
  'definition',
  'runId',
  'owner',
  'phase',
  'createdAt',
  'startedAt',
  'endedAt',
  'deadline',
  'overdue',
  'error',
] as const satisfies ReadonlyArray<keyof UwsJobRow>;

export type ExportFormat = 'csv' | 'jsonl';

/**
 * The whole view, newest first, in pieces of text. Jobs made after the first piece are not in it, those deleted
 * before their turn neither.
 */
export async function* exportJobs(
  sql: Sql,
  filter: JobFilter,
  format: ExportFormat,
  now: Date,
): AsyncGenerator<string> {
  // The first rows are read before anything is said: what the database refuses is still an answer of its own.
  let heading = format === 'csv' ? `${columns.join(',')}\r\n` : '';
  const write = format === 'csv' ? csvLine : (row: UwsJobRow) => `${JSON.stringify(row)}\n`;
  let from: { direction: 'older'; place: Place } | undefined;
  for (;;) {
    const rows = await listJobs(sql, filter, batchRows, from);
    const text = heading + rows.map((row) => write(apiRow(row, now))).join('');
    heading = '';
    if (text !== '') yield text;
    const last = rows.at(-1);
    if (last === undefined || rows.length < batchRows) return;
    from = { direction: 'older', place: { createdAt: last.createdAt, jobId: last.jobId } };
  }
}

function csvLine(row: UwsJobRow): string {
  return `${columns.map((name) => csvCell(row[name])).join(',')}\r\n`;
}

/**
 * A cell after RFC 4180. Text that a spreadsheet would take for a formula gets an apostrophe before it, because run
 * ids and error texts are written by strangers.
 */
export function csvCell(value: string | boolean | null): string {
  const text = value === null ? '' : String(value);
  const harmless = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

const perOwner = 2;
const perProcess = 16;

/** How many exports run at a time in this process; returns how to give the place back. */
export class ExportPlaces {
  private readonly held = new Map<string, number>();

  /** Throws `uws.exports-many`. */
  take(owner: string): () => void {
    const own = this.held.get(owner) ?? 0;
    const all = [...this.held.values()].reduce((sum, n) => sum + n, 0);
    if (own >= perOwner || all >= perProcess) {
      const whose = own >= perOwner ? `You have ${own} exports under way` : `${all} exports are under way`;
      throw new AppError('too-many', 'uws.exports-many', `${whose}; no more run at a time.`, {
        next: 'Wait until one has ended.',
        retryAfterSeconds: 10,
      });
    }
    this.held.set(owner, own + 1);
    let given = false;
    return () => {
      if (given) return;
      given = true;
      const left = (this.held.get(owner) ?? 1) - 1;
      if (left === 0) this.held.delete(owner);
      else this.held.set(owner, left);
    };
  }
}
