import type { PandaJobPage, PandaJobRow, PandaWorkerPage, PandaWorkerRow } from '@orrery/contracts';
import { keysetPage } from './keyset-page.ts';
import { machineAnswer } from './machine-fixtures.ts';
import * as panda from './panda-fixtures.ts';
import { errorsByClass, retryActed, retryAnswer } from './retry-answers.ts';

/** The canned answer of a GET below `/api/panda`; text for what is no JSON, undefined when there is none. */
export function pandaAnswer({ pathname, searchParams }: URL): unknown {
  const path = pathname.slice('/api/panda/'.length);
  const known: Record<string, unknown> = {
    overview: panda.overview,
    throughput: panda.throughput,
    shares: panda.shares,
    'resource-types': panda.resourceTypes,
    queues: { rows: panda.queueRows, tookMs: 3.1 },
    'queues/schema': panda.queueSchema,
    jobs: jobPage(searchParams),
    'jobs/facets': {
      states: {
        activated: 10_000,
        sent: 10_000,
        running: 20_000,
        holding: 10_000,
        transferring: 10_000,
        finished: 30_000,
        failed: 10_000,
      },
      finalHours: 24,
      exact: true,
      tookMs: 3,
    },
    workers: workerPage(searchParams),
  };
  if (path in known) return known[path];
  if (path === 'errors') {
    const by = searchParams.get('by') ?? 'code';
    if (by === 'class') return errorsByClass;
    return by === 'code' ? panda.errorsByCode : panda.errorsByQueue;
  }
  if (/^workers\/[^/]+\/\d+$/.test(path)) return panda.worker;
  return (
    retryAnswer(path, searchParams) ??
    machineAnswer(path, searchParams) ??
    queueAnswer(path) ??
    jobAnswer(path)
  );
}

function queueAnswer(path: string): unknown {
  const [, name, rest] = /^queues\/([^/]+)(\/.*)?$/.exec(path) ?? [];
  const row = panda.queueRows.find(({ queue }) => queue === name);
  if (row === undefined) return undefined;
  if (rest === '/why') return panda.queueWhy;
  if (rest?.startsWith('/versions/') === true) {
    const version = Number(rest.slice('/versions/'.length));
    return version === 7
      ? { ...panda.queueVersion, ...panda.queue.versions[0], document: panda.queueDocument }
      : { ...panda.queueVersion, version };
  }
  return { ...panda.queue, ...row };
}

function jobAnswer(path: string): unknown {
  const [, id, rest] = /^jobs\/(\d+)(\/.*)?$/.exec(path) ?? [];
  if (id === undefined) return undefined;
  if (rest === '/why') return Number(id) === panda.failedJob.id ? panda.failedWhy : panda.waitingWhy;
  if (rest === '/stdout')
    return {
      text: 'payload.stdout\ntile 412 of 600\nWARNING 3 pixels are saturated\n',
      at: panda.runningJob.metrics?.heartbeatAt ?? null,
      debug: true,
      command: null,
    };
  if (rest === '/texts/pilot-log') return panda.pilotLog;
  if (rest !== undefined) return undefined;
  const known = panda.jobs.find((job) => job.id === Number(id));
  const index = panda.newestJob - Number(id);
  if (known !== undefined) return known;
  return index >= 0 && index < panda.jobTotal ? { ...panda.runningJob, ...panda.jobRow(index) } : undefined;
}

function jobPage(query: URLSearchParams): PandaJobPage {
  const status = query.getAll('status');
  const is = (name: string, value: unknown) => (query.get(name) ?? String(value)) === String(value);
  const fits = (row: PandaJobRow) =>
    (status.length === 0 || status.includes(row.status)) &&
    is('queue', row.queue) &&
    is('owner', row.owner) &&
    is('task', row.task) &&
    is('share', row.share) &&
    is('errorCode', row.error?.code ?? null);
  return { ...keysetPage(query, panda.jobTotal, panda.jobRow, fits), searchedTo: null };
}

function workerPage(query: URLSearchParams): PandaWorkerPage {
  const status = query.getAll('status');
  const fits = (row: PandaWorkerRow) =>
    (status.length === 0 || status.includes(row.status)) &&
    (query.get('queue') ?? row.queue) === row.queue &&
    (query.get('harvester') ?? row.harvester) === row.harvester;
  return keysetPage(query, panda.workerTotal, panda.workerRow, fits);
}

/** What a change answers: the object as it is now. */
export function pandaActed(method: string, path: string, body: string): unknown {
  const given = body === '' ? {} : (JSON.parse(body) as Record<string, unknown>);
  if (path.startsWith('retry-')) return retryActed(method, path, given);
  if (path === 'jobs/acts')
    return {
      rows: (given.ids as number[]).map((id, index) => ({
        id,
        done: index !== 1,
        message: index === 1 ? 'it ended a moment ago.' : 'told to stop',
        newId: null,
      })),
    };
  const [, id, verb] = /^jobs\/(\d+)\/(\w+)$/.exec(path) ?? [];
  const job = panda.jobs.find((each) => each.id === Number(id));
  if (verb === 'retry') return { ...panda.waitingJob, id: 4_118_300, overdue: false };
  if (verb === 'kill') return { ...job, status: 'cancelled', live: false, promise: null };
  if (verb === 'debug') return { ...job, debug: given.on };
  if (verb !== undefined) return { ...job, ...given };
  if (path.startsWith('shares/')) return panda.shares;
  if (/\/downtimes/.test(path))
    return method === 'DELETE' ? undefined : { id: 13, queue: 'CLUSTER-A', by: 'op', ...given };
  return path.startsWith('queues/')
    ? {
        ...panda.queue,
        ...(given.status === undefined ? {} : { status: given.status, statusReason: given.reason }),
        ...(given.document === undefined ? {} : { document: given.document, version: 8 }),
      }
    : undefined;
}
