import type { Sql } from '../../core/db/index.ts';
import type { Direction, JobCursor } from './cursor.ts';
import { type JobFilter, tablesOf } from './job-filter.ts';
import { chunkRows, type Found, idNear, type JobRow, walkJobs } from './job-list.store.ts';

/** How long one page may search; then it says how far it got. */
const pageMs = 200;

export interface Page {
  /** Newest first. */
  rows: JobRow[];
  newer: JobCursor | null;
  older: JobCursor | null;
  /** The job the search has got to when it stopped for its time; null = the page is as long as asked, or the last. */
  searchedTo: number | null;
}

/** How much a page may do: its time, and how many rows one statement looks at. */
export interface Effort {
  budgetMs?: number;
  chunks?: typeof chunkRows;
}

/**
 * A page of the jobs in view, live and final ones in one order: newest first by job id. Live ones are read before the
 * archive: a job that ends in between is found twice, never not at all.
 */
export async function pageOfJobs(
  sql: Sql,
  filter: JobFilter,
  limit: number,
  from?: JobCursor,
  { budgetMs = pageMs, chunks = chunkRows }: Effort = {},
): Promise<Page> {
  const direction = from?.direction ?? 'older';
  const untilMs = performance.now() + budgetMs;
  let [lowest, highest] = await Promise.all([
    filter.createdAfter === undefined ? undefined : idNear(sql, filter.createdAfter, 'below'),
    filter.createdBefore === undefined ? undefined : idNear(sql, filter.createdBefore, 'above'),
  ]);
  const found: Found[] = [];
  for (const table of tablesOf(filter)) {
    const one = await walkJobs(sql, filter, {
      table,
      direction,
      // One more than wanted tells whether there is anything further.
      limit: limit + 1,
      untilMs,
      chunk: chunks[table],
      ...(from === undefined ? {} : { from: from.jobId }),
      ...(lowest === undefined ? {} : { lowest }),
      ...(highest === undefined ? {} : { highest }),
    });
    found.push(one);
    // The page ends there, whatever the next table has beyond.
    if (one.reached === null) continue;
    if (direction === 'older') lowest = one.reached;
    else highest = one.reached;
  }
  return joinPage(found, direction, limit, from);
}

function joinPage(found: readonly Found[], direction: Direction, limit: number, from?: JobCursor): Page {
  const sign = direction === 'older' ? -1 : 1;
  const ends = found.flatMap(({ reached }) => (reached === null ? [] : [reached]));
  // Beyond the nearest end only some of the tables have been looked at.
  const end = ends.length === 0 ? null : direction === 'older' ? Math.max(...ends) : Math.min(...ends);
  const merged = new Map(found.flatMap(({ rows }) => rows.map((row) => [row.jobId, row] as const)));
  const known = [...merged.values()]
    .filter(({ jobId }) => end === null || sign * (jobId - end) <= 0)
    .toSorted((a, b) => sign * (a.jobId - b.jobId));
  const rows = known.slice(0, limit);
  const isFull = known.length > limit || (rows.length === limit && end !== null);
  const last = isFull ? (rows.at(-1)?.jobId ?? end) : end;
  const further: JobCursor | null = last === null ? null : { direction, jobId: last };
  if (direction === 'newer') rows.reverse();
  const back = from === undefined ? null : backOf(rows, from);
  return {
    rows,
    newer: direction === 'newer' ? further : back,
    older: direction === 'older' ? further : back,
    searchedTo: isFull ? null : end,
  };
}

/** The way back to where the page was reached from; of an empty page to the place itself. */
function backOf(rows: readonly JobRow[], { direction, jobId }: JobCursor): JobCursor {
  return direction === 'older'
    ? { direction: 'newer', jobId: rows[0]?.jobId ?? jobId - 1 }
    : { direction: 'older', jobId: rows.at(-1)?.jobId ?? jobId + 1 };
}
