import { type PandaWorker, type PandaWorkerPage, PandaWorkerQuery } from '@orrery/contracts/panda';
import type { Core } from '../../core/core.ts';
import type { App } from '../../core/http/index.ts';
import { cleanHost } from '../workers/node.ts';
import { apiConfig } from './config.ts';
import { cursorInvalid } from './cursor.ts';
import { describeWorker } from './describe-worker.ts';
import {
  guessWorkers,
  listWorkers,
  type WorkerFilter,
  type WorkerFrom,
  type WorkerRow,
} from './worker.store.ts';
import { apiWorker } from './worker.wire.ts';

const usualRows = 100;

/** Workers: the batch jobs that pilots run in. */
export function workerRoutes(scope: App, core: Core): void {
  const config = apiConfig('panda.read');
  scope.get(
    '/api/panda/workers',
    { schema: { querystring: PandaWorkerQuery }, config },
    (request): Promise<PandaWorkerPage> => pageOfWorkers(core, request.query as PandaWorkerQuery),
  );
  scope.get('/api/panda/workers/:harvester/:id', { config }, async (request): Promise<PandaWorker> => {
    const { harvester, id } = request.params as { harvester: string; id: string };
    const workerId = /^\d{1,15}$/.test(id) ? Number(id) : -1;
    return await describeWorker(core, request.identity, harvester, workerId);
  });
}

async function pageOfWorkers({ db }: Core, query: PandaWorkerQuery): Promise<PandaWorkerPage> {
  const startedMs = performance.now();
  const { limit = usualRows, cursor, status, queue, harvester, node } = query;
  const filter: WorkerFilter = {
    ...(queue === undefined ? {} : { queue }),
    ...(harvester === undefined ? {} : { harvester }),
    ...(node === undefined ? {} : { host: cleanHost(node) }),
    ...(status === undefined || status.length === 0 ? {} : { statuses: status }),
  };
  const from = cursor === undefined ? undefined : readPlace(cursor);
  // One more than wanted tells whether there is anything further that way.
  const found = await listWorkers(db.sql, filter, limit + 1, from);
  const goesNewer = from?.direction === 'newer';
  const hasMore = found.length > limit;
  const rows = !hasMore ? found : goesNewer ? found.slice(1) : found.slice(0, limit);
  const hasNewer = goesNewer ? hasMore : from !== undefined;
  const hasOlder = goesNewer || hasMore;
  return {
    rows: rows.map(apiWorker),
    newer: hasNewer ? writePlace('newer', rows[0]) : null,
    older: hasOlder ? writePlace('older', rows.at(-1)) : null,
    about: from !== undefined ? null : hasMore ? await guessWorkers(db.sql, filter) : rows.length,
    tookMs: performance.now() - startedMs,
  };
}

function writePlace(direction: 'older' | 'newer', row: WorkerRow | undefined): string | null {
  if (row === undefined) return null;
  const text = JSON.stringify([direction, row.modifiedAt.getTime(), row.harvesterId, row.workerId]);
  return Buffer.from(text).toString('base64url');
}

/** Throws `panda.cursor-invalid`. */
function readPlace(text: string): WorkerFrom {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    throw cursorInvalid();
  }
  const [direction, time, harvesterId, workerId] = Array.isArray(parts) ? (parts as unknown[]) : [];
  const isGood =
    (direction === 'older' || direction === 'newer') &&
    Number.isSafeInteger(time) &&
    Math.abs(time as number) < 253_402_300_799_999 &&
    typeof harvesterId === 'string' &&
    !harvesterId.includes('\0') &&
    Number.isSafeInteger(workerId);
  if (!isGood) throw cursorInvalid();
  const place = {
    modifiedAt: new Date(time as number),
    harvesterId: harvesterId as string,
    workerId: workerId as number,
  };
  return { direction: direction as 'older' | 'newer', place };
}
