import {
  type UwsJobFacets,
  UwsJobFilter,
  type UwsJobPage,
  UwsJobQuery,
  type UwsJobRow,
} from '@orrery/contracts/uws';
import type { FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import type { App } from '../../core/http/index.ts';
import { deadlineOf } from '../jobs/deadlines.ts';
import type { JobRow } from '../jobs/job.ts';
import { ownerOf } from '../jobs/jobs.ts';
import { countAbout, countByPhase, type JobFilter, listJobs } from '../jobs/list.store.ts';
import { isFinal } from '../phases.ts';
import type { Service } from '../service.ts';
import { apiConfig } from './config.ts';
import { type Cursor, readCursor, writeCursor } from './cursor.ts';

const usualRows = 100;
/** The last moment a time of ours can have: the end of the year 9999. */
const lastMs = 253_402_300_799_999;

export function listRoutes(scope: App, service: Service): void {
  scope.get(
    '/api/uws/jobs',
    { schema: { querystring: UwsJobQuery }, config: apiConfig('uws.job.read') },
    (request) => answerPage(service, request, request.query as Static<typeof UwsJobQuery>),
  );
  scope.get(
    '/api/uws/jobs/facets',
    { schema: { querystring: UwsJobFilter }, config: apiConfig('uws.job.read') },
    async (request): Promise<UwsJobFacets> => {
      const startedMs = performance.now();
      const { phases: _phases, ...filter } = filterOf(request, request.query as Static<typeof UwsJobFilter>);
      const counted = await countByPhase(service.core.db.sql, filter);
      return { ...counted, tookMs: performance.now() - startedMs };
    },
  );
}

/** The filter of a query, narrowed to what the caller may see. */
export function filterOf(request: FastifyRequest, query: Static<typeof UwsJobFilter>): JobFilter {
  const { phase, definition, owner, runId, createdAfter, createdBefore } = query;
  return {
    whose: request.identity.may('uws.job.any') ? 'any' : { ownerId: ownerOf(request.identity) },
    ...(phase === undefined ? {} : { phases: phase }),
    ...(definition === undefined ? {} : { definition }),
    ...(owner === undefined ? {} : { ownerId: owner }),
    ...(runId === undefined || runId === '' ? {} : { runId }),
    ...(createdAfter === undefined ? {} : { createdAfter: new Date(createdAfter) }),
    ...(createdBefore === undefined ? {} : { createdBefore: new Date(createdBefore) }),
  };
}

async function answerPage(
  service: Service,
  request: FastifyRequest,
  query: Static<typeof UwsJobQuery>,
): Promise<UwsJobPage> {
  const startedMs = performance.now();
  const { sql } = service.core.db;
  const filter = filterOf(request, query);
  const limit = query.limit ?? usualRows;
  const from = fromOf(query);
  // One row more than wanted tells whether there is anything further that way.
  const [found, about] = await Promise.all([
    listJobs(sql, filter, limit + 1, from),
    from === undefined ? countAbout(sql, filter) : Promise.resolve(null),
  ]);
  const goesNewer = from?.direction === 'newer';
  const hasMore = found.length > limit;
  const rows = hasMore ? (goesNewer ? found.slice(1) : found.slice(0, limit)) : found;
  const hasNewer = goesNewer ? hasMore : from !== undefined;
  const hasOlder = goesNewer ? true : hasMore;
  const now = service.core.clock.now();
  return {
    rows: rows.map((row) => apiRow(row, now)),
    newer: hasNewer ? cursorAt('newer', rows[0]) : null,
    older: hasOlder ? cursorAt('older', rows.at(-1)) : null,
    about,
    tookMs: performance.now() - startedMs,
  };
}

/** Where the page begins: behind a place that was given, or at a time; undefined = at the newest. */
function fromOf({ cursor, at }: Static<typeof UwsJobQuery>): Cursor | undefined {
  if (cursor !== undefined) return readCursor(cursor);
  if (at === undefined) return undefined;
  // Times are stored to the millisecond, and no id is smaller than the empty one.
  return {
    direction: 'older',
    place: { createdAt: new Date(Math.min(Date.parse(at) + 1, lastMs)), jobId: '' },
  };
}

function cursorAt(direction: 'older' | 'newer', row: JobRow | undefined): string | null {
  if (row === undefined) return null;
  return writeCursor({ direction, place: { createdAt: row.createdAt, jobId: row.jobId } });
}

/** A row as the page gets it. */
export function apiRow(row: JobRow, now: Date): UwsJobRow {
  const deadline = deadlineOf(row);
  return {
    id: row.jobId,
    definition: row.definition,
    runId: row.runId,
    owner: row.ownerId,
    phase: row.phase,
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
    deadline: isFinal(row.phase) ? null : (deadline?.toISOString() ?? null),
    overdue: deadline !== null && deadline < now,
    error: row.error?.message ?? null,
  };
}
