import { isDeepStrictEqual } from 'node:util';
import type { Why } from '@orrery/contracts/explain';
import {
  type PandaDowntime,
  PandaDowntimeWish,
  type PandaQueue,
  PandaQueueImport,
  type PandaQueueImported,
  type PandaQueueList,
  PandaQueuePut,
  PandaQueueQuery,
  type PandaQueueSchema,
  PandaQueueStatusChange,
  type PandaQueueVersion,
} from '@orrery/contracts/panda';
import type { FastifyRequest } from 'fastify';
import { actorOf } from '../../core/auth/index.ts';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import type { App } from '../../core/http/index.ts';
import { stuckJobs } from '../dispatch/stuck.ts';
import { addDowntime, endDowntime, listDowntimes } from '../queues/downtimes.ts';
import { downtimeUnknown, queueRefused, queueUnknown } from '../queues/errors.ts';
import { importQueues } from '../queues/import-queues.ts';
import { listVersions } from '../queues/queues.store.ts';
import { forgetQueues, putQueue, queueOf, queuesOf, setStatus } from '../queues/queues.ts';
import { faultsOf } from '../queues/read-queue.ts';
import { checked } from './body.ts';
import { apiConfig } from './config.ts';
import { describeQueue, explainQueue } from './describe-queue.ts';
import { listLives, noLife } from './queue.store.ts';
import { apiDowntime, apiQueueRow } from './queue.wire.ts';
import { queueKeys } from './queue-keys.ts';

/** An export of CRIC for a whole grid has a few MB. */
const importLimit = 32 * 1024 * 1024;

const nameOf = (request: FastifyRequest) => (request.params as { queue: string }).queue;

/** Queues: what they are, how they do, and their settings. */
export function queueRoutes(scope: App, core: Core): void {
  readRoutes(scope, core);
  changeRoutes(scope, core);
  downtimeRoutes(scope, core);
}

function readRoutes(scope: App, core: Core): void {
  const config = apiConfig('panda.read');
  scope.get(
    '/api/panda/queues',
    { schema: { querystring: PandaQueueQuery }, config },
    async (request): Promise<PandaQueueList> => {
      const startedMs = performance.now();
      const { status, text = '' } = request.query as PandaQueueQuery;
      const part = text.toLowerCase();
      const [queues, lives] = await Promise.all([queuesOf(core), listLives(core.db.sql)]);
      const shown = queues
        .filter((queue) => status === undefined || status.length === 0 || status.includes(queue.status))
        .filter(({ queue, site }) => `${queue}\n${site}`.toLowerCase().includes(part));
      const waiting = shown.filter(({ queue }) => (lives.get(queue)?.jobs.activated ?? 0) > 0);
      const stuck = await stuckJobs(core, waiting);
      const rows = shown.map((queue) =>
        apiQueueRow(queue, lives.get(queue.queue) ?? noLife, stuck.get(queue.queue)),
      );
      return { rows, tookMs: performance.now() - startedMs };
    },
  );
  scope.get('/api/panda/queues/schema', { config }, (): PandaQueueSchema => ({ keys: queueKeys() }));
  scope.get(
    '/api/panda/queues/:queue',
    { config },
    (request): Promise<PandaQueue> => describeQueue(core, nameOf(request), request.identity),
  );
  scope.get(
    '/api/panda/queues/:queue/why',
    { config },
    (request): Promise<Why> => explainQueue(core, nameOf(request)),
  );
  scope.get(
    '/api/panda/queues/:queue/versions/:version',
    { config },
    async (request): Promise<PandaQueueVersion> => {
      const { version: wanted } = request.params as { version: string };
      const versions = await listVersions(core.db.sql, nameOf(request));
      const found = versions.find(({ version }) => String(version) === wanted);
      if (found === undefined)
        throw new AppError('missing', 'panda.queue-version-unknown', 'The queue has no such version.', {
          next: 'The last hundred are kept at hand; see the list of them.',
        });
      const { version, at, changedBy, why, status, document } = found;
      return { version, at: at.toISOString(), by: changedBy, why, status, document };
    },
  );
}

function changeRoutes(scope: App, core: Core): void {
  const config = apiConfig('panda.operate');
  scope.put('/api/panda/queues/:queue', { config }, async (request): Promise<PandaQueue> => {
    const queue = nameOf(request);
    const { document, why, from } = checked(PandaQueuePut, request.body);
    if ((document.nickname ?? queue) !== queue) throw queueRefused([`nickname: it is not ${queue}`]);
    await putQueue(
      core,
      actorOf(request),
      { ...document, nickname: queue },
      {
        ...(why === undefined || why === '' ? {} : { why }),
        ...(from === undefined ? {} : { from }),
      },
    );
    forgetQueues(core);
    return await describeQueue(core, queue, request.identity);
  });
  scope.post('/api/panda/queues/:queue/status', { config }, async (request): Promise<PandaQueue> => {
    const { status, reason } = checked(PandaQueueStatusChange, request.body);
    await setStatus(core, actorOf(request), nameOf(request), status, reason);
    forgetQueues(core);
    return await describeQueue(core, nameOf(request), request.identity);
  });
  scope.post(
    '/api/panda/queues/import',
    { config, bodyLimit: importLimit },
    async (request): Promise<PandaQueueImported> => {
      const { queues, dryRun } = checked(PandaQueueImport, request.body);
      if (dryRun === true) return await wouldImport(core, queues);
      const { made, changed, unchanged, refused } = await importQueues(core, actorOf(request), queues);
      forgetQueues(core);
      return {
        added: made,
        changed,
        unchanged,
        refused: refused.map(({ queue, faults }) => ({ queue, why: faults.join('; ') })),
      };
    },
  );
}

/** What an import would do, judged each by itself. */
async function wouldImport(core: Core, queues: PandaQueueImport['queues']): Promise<PandaQueueImported> {
  const imported: PandaQueueImported = { added: [], changed: [], unchanged: [], refused: [] };
  for (const [queue, description] of Object.entries(queues)) {
    const named = { ...description, nickname: description.nickname ?? queue };
    const faults =
      named.nickname === queue ? faultsOf(named) : ['nickname: it is not the key it stands under'];
    const known = await queueOf(core, queue);
    if (faults.length > 0) imported.refused.push({ queue, why: faults.join('; ') });
    else if (known === null) imported.added.push(queue);
    else if (isDeepStrictEqual(known.document, { ...named })) imported.unchanged.push(queue);
    else imported.changed.push(queue);
  }
  return imported;
}

function downtimeRoutes(scope: App, core: Core): void {
  const config = apiConfig('panda.operate');
  const { sql } = core.db;
  const wishOf = (request: FastifyRequest) => {
    const { startsAt, endsAt, ...rest } = checked(PandaDowntimeWish, request.body);
    return { ...rest, queue: nameOf(request), startsAt: new Date(startsAt), endsAt: new Date(endsAt) };
  };
  /** One of the queue that has not ended. */
  const findDowntime = async (request: FastifyRequest, id: number): Promise<PandaDowntime> => {
    const found = (await listDowntimes(sql, nameOf(request))).find(({ downtimeId }) => downtimeId === id);
    if (found === undefined) throw downtimeUnknown(id);
    return apiDowntime(found);
  };
  const idOf = (request: FastifyRequest) => {
    const { id } = request.params as { id: string };
    return /^\d{1,15}$/.test(id) ? Number(id) : 0;
  };
  scope.post('/api/panda/queues/:queue/downtimes', { config }, async (request, reply) => {
    const wish = wishOf(request);
    if ((await queueOf(core, wish.queue)) === null) throw queueUnknown(wish.queue);
    const id = await addDowntime(core, actorOf(request), wish);
    forgetQueues(core);
    return reply.code(201).send(await findDowntime(request, id));
  });
  scope.put('/api/panda/queues/:queue/downtimes/:id', { config }, async (request): Promise<PandaDowntime> => {
    await findDowntime(request, idOf(request));
    // The new one first: were it refused, the old one stands.
    const id = await addDowntime(core, actorOf(request), wishOf(request));
    await endDowntime(core, actorOf(request), idOf(request));
    forgetQueues(core);
    return await findDowntime(request, id);
  });
  scope.delete('/api/panda/queues/:queue/downtimes/:id', { config }, async (request, reply) => {
    await findDowntime(request, idOf(request));
    await endDowntime(core, actorOf(request), idOf(request));
    forgetQueues(core);
    return reply.code(204).send();
  });
}
