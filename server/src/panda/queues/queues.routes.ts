import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import type { Routes } from '../../core/module.ts';
import { pandaErrors } from '../errors.ts';
import { listEndpoints } from './endpoints.ts';
import { queueOf, queuesOf } from './queues.ts';
import { allEndpoints, allQueues, flatQueue, keyedQueue } from './queues.wire.ts';

const config = {
  allow: 'public',
  errors: pandaErrors,
  credentials: { session: false },
  originIsData: true,
  family: 'PanDA information',
} as const;

/** Addresses of CRIC beside our own, so that a pilot can be pointed here by exchanging the host. */
const queueLists = [
  '/cache/schedconfig/schedconfig.all.json',
  '/cache/schedconfig/pandaqueues.json',
  '/cric/cric_pandaqueues.json',
  '/cric/pandaqueues.json',
];
const endpointLists = ['/cache/ddmendpoints.json', '/cric/cric_ddmendpoints.json', '/cric/ddmendpoints.json'];

/** What pilots download before anything else: their queue, all queues, all storage. Anybody may read it. */
export const queueRoutes: Routes = (app, core) => {
  for (const url of ['/cache/schedconfig/:file', '/cric/:file']) {
    app.get<{ Params: { file: string } }>(url, { config }, async (request, reply) =>
      send(request, reply, await fileOf(core, request.params.file)),
    );
  }
  for (const url of queueLists) {
    app.get(url, { config }, async (request, reply) => send(request, reply, allQueues(await queuesOf(core))));
  }
  for (const url of endpointLists) {
    app.get(url, { config }, async (request, reply) =>
      send(request, reply, allEndpoints(await listEndpoints(core.db.sql))),
    );
  }
};

/** `<queue>.all.json` and `.pilot.json` are the queue alone, `.full.json` is keyed by its name. */
async function fileOf(core: Core, file: string): Promise<Record<string, unknown>> {
  const [, name, form] = /^(.+)\.(all|pilot|full)\.json$/.exec(file) ?? [];
  const queue = name === undefined ? null : await queueOf(core, name);
  if (queue === null) {
    throw new AppError('missing', 'panda.file-unknown', 'There is no such file.', {
      next: 'Files are named <queue>.all.json.',
    });
  }
  return form === 'full' ? keyedQueue(queue) : flatQueue(queue);
}

function send(request: FastifyRequest, reply: FastifyReply, value: Record<string, unknown>) {
  const body = JSON.stringify(value, null, 1);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  void reply.headers({ etag, 'cache-control': 'no-cache' });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  return reply.type('application/json').send(body);
}
