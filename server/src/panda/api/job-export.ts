import type { PandaJobRow } from '@orrery/contracts/panda';
import type { Sql } from '../../core/db/index.ts';
import { AppError } from '../../core/errors.ts';
import type { WatchSettings } from '../watch/limits.ts';
import type { JobCursor } from './cursor.ts';
import type { JobFilter } from './job-filter.ts';
import { pageOfJobs } from './job-list.ts';
import { apiRow } from './job-row.wire.ts';

/** Rows read at a time; what is in memory. */
const batchRows = 1000;

const columns = [
  'id',
  'name',
  'status',
  'subStatus',
  'task',
  'queue',
  'owner',
  'vo',
  'workingGroup',
  'label',
  'processingType',
  'share',
  'resourceType',
  'cores',
  'priority',
  'attempt',
  'maxAttempt',
  'node',
  'createdAt',
  'startedAt',
  'endedAt',
  'modifiedAt',
] as const satisfies ReadonlyArray<keyof PandaJobRow>;

export type ExportFormat = 'csv' | 'jsonl';

/** The whole view, newest first, in pieces of text. Jobs made after the first piece are not in it. */
export async function* exportJobs(
  { sql, limits }: { sql: Sql; limits: WatchSettings },
  filter: JobFilter,
  format: ExportFormat,
  now: Date,
): AsyncGenerator<string> {
  let heading = format === 'csv' ? `${columns.join(',')},errorSource,errorCode,errorDiag\r\n` : '';
  const write = format === 'csv' ? csvLine : (row: PandaJobRow) => `${JSON.stringify(row)}\n`;
  let from: JobCursor | undefined;
  for (;;) {
    const page = await pageOfJobs(sql, filter, batchRows, from);
    const text = heading + page.rows.map((row) => write(apiRow(row, limits, now))).join('');
    heading = '';
    if (text !== '') yield text;
    if (page.older === null) return;
    from = page.older;
  }
}

function csvLine(row: PandaJobRow): string {
  const { source = null, code = null, diag = null } = row.error ?? {};
  return `${[...columns.map((name) => row[name]), source, code, diag].map(csvCell).join(',')}\r\n`;
}

/** A cell after RFC 4180; text that a spreadsheet would take for a formula gets an apostrophe before it. */
export function csvCell(value: string | number | boolean | null): string {
  const text = value === null ? '' : String(value);
  const harmless = typeof value === 'string' && /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

const perAccount = 2;
const perProcess = 8;

/** How many exports run at a time in this process; returns how to give the place back. */
export class ExportPlaces {
  readonly #held = new Map<string, number>();

  /** Throws `panda.exports-many`. */
  take(account: string): () => void {
    const own = this.#held.get(account) ?? 0;
    const all = [...this.#held.values()].reduce((sum, n) => sum + n, 0);
    if (own >= perAccount || all >= perProcess) {
      const whose = own >= perAccount ? `You have ${own} exports under way` : `${all} exports are under way`;
      throw new AppError('too-many', 'panda.exports-many', `${whose}; no more run at a time.`, {
        next: 'Wait until one has ended.',
        retryAfterSeconds: 10,
      });
    }
    this.#held.set(account, own + 1);
    let given = false;
    return () => {
      if (given) return;
      given = true;
      const left = (this.#held.get(account) ?? 1) - 1;
      if (left === 0) this.#held.delete(account);
      else this.#held.set(account, left);
    };
  }
}
