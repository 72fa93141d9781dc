import type {
  PandaDebugOutput,
  PandaEndpointList,
  PandaErrorQuery,
  PandaErrorSummary,
  PandaJob,
  PandaJobFacets,
  PandaJobFilter,
  PandaJobPage,
  PandaOverview,
  PandaQueue,
  PandaQueueList,
  PandaQueueSchema,
  PandaQueueVersion,
  PandaResourceTypeList,
  PandaShareTree,
  PandaThroughput,
  PandaWorker,
  PandaWorkerFilter,
  PandaWorkerPage,
  Why,
} from '@orrery/contracts';
import { queryOptions } from '@tanstack/react-query';
import { get, getText, withQuery } from '../shared/api.ts';
import { type KeysetPlace, keysetQuery } from '../shared/keyset-table.tsx';

export const api = '/api/panda';

/** Counters have no events of their own worth a question each. */
const figuresEveryMs = 10_000;

const figures = <T>(key: readonly unknown[], href: string) =>
  queryOptions({
    queryKey: ['panda', ...key],
    queryFn: ({ signal }) => get<T>(href, signal),
    staleTime: 4_000,
    refetchInterval: figuresEveryMs,
  });

export const endpointsQuery = figures<PandaEndpointList>(['endpoints'], `${api}/endpoints`);

export const overviewQuery = figures<PandaOverview>(['overview'], `${api}/overview`);

export const throughputQuery = (minutes: number, queue?: string) =>
  figures<PandaThroughput>(
    ['throughput', minutes, queue ?? null],
    withQuery(`${api}/throughput`, { minutes, queue }),
  );

export const jobPath = (id: number | string): string => `${api}/jobs/${encodeURIComponent(id)}`;

export const jobsQuery = (filter: PandaJobFilter, { cursor }: KeysetPlace = {}, limit = 100) =>
  keysetQuery<PandaJobPage>(
    ['panda', 'jobs', filter, cursor ?? null, limit],
    withQuery(`${api}/jobs`, { ...filter, cursor, limit }),
  );

export const facetsQuery = (filter: PandaJobFilter) =>
  queryOptions({
    queryKey: ['panda', 'facets', filter],
    queryFn: ({ signal }) => get<PandaJobFacets>(withQuery(`${api}/jobs/facets`, filter), signal),
    staleTime: 5_000,
    placeholderData: (before) => before,
  });

/** The address of a whole view as a file. */
export const exportHref = (filter: PandaJobFilter, format: 'csv' | 'jsonl'): string =>
  withQuery(`${api}/jobs/export`, { ...filter, format });

export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: ['panda', 'job', id],
    queryFn: ({ signal }) => get<PandaJob>(jobPath(id), signal),
    staleTime: 5_000,
  });

export const jobWhyQuery = (id: string) =>
  queryOptions({
    queryKey: ['panda', 'job-why', id] as readonly unknown[],
    queryFn: ({ signal }) => get<Why>(`${jobPath(id)}/why`, signal),
    staleTime: 5_000,
  });

/** What the pilot last sent in debug mode; events do not tell of it, so it is asked for while it may change. */
export const stdoutQuery = (id: string, isLive: boolean) =>
  queryOptions({
    queryKey: ['panda', 'stdout', id],
    queryFn: ({ signal }) => get<PandaDebugOutput>(`${jobPath(id)}/stdout`, signal),
    refetchInterval: isLive ? 3_000 : false,
  });

export const jobTextQuery = (id: string, kind: 'pilot-log' | 'metadata') =>
  queryOptions({
    queryKey: ['panda', 'text', id, kind],
    queryFn: ({ signal }) => getText(`${jobPath(id)}/texts/${kind}`, signal),
    staleTime: 60_000,
  });

export const queuePath = (queue: string): string => `${api}/queues/${encodeURIComponent(queue)}`;

export const queuesQuery = figures<PandaQueueList>(['queues'], `${api}/queues`);
export const queueQuery = (queue: string) => figures<PandaQueue>(['queue', queue], queuePath(queue));

export const queueSchemaQuery = queryOptions({
  queryKey: ['panda', 'queue-schema'],
  queryFn: ({ signal }) => get<PandaQueueSchema>(`${api}/queues/schema`, signal),
  staleTime: Number.POSITIVE_INFINITY,
});

/** A version never changes. */
export const queueVersionQuery = (queue: string, version: number) =>
  queryOptions({
    queryKey: ['panda', 'queue-version', queue, version],
    queryFn: ({ signal }) => get<PandaQueueVersion>(`${queuePath(queue)}/versions/${version}`, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const errorsQuery = (query: PandaErrorQuery) =>
  queryOptions({
    queryKey: ['panda', 'errors', query],
    queryFn: ({ signal }) => get<PandaErrorSummary>(withQuery(`${api}/errors`, query), signal),
    staleTime: 20_000,
    refetchInterval: 60_000,
    placeholderData: (before) => before,
  });

export const sharesQuery = figures<PandaShareTree>(['shares'], `${api}/shares`);
export const resourceTypesQuery = figures<PandaResourceTypeList>(['resource-types'], `${api}/resource-types`);

export const workersQuery = (filter: PandaWorkerFilter, { cursor }: KeysetPlace = {}, limit = 100) =>
  keysetQuery<PandaWorkerPage>(
    ['panda', 'workers', filter, cursor ?? null, limit],
    withQuery(`${api}/workers`, { ...filter, cursor, limit }),
  );

export const workerQuery = (harvester: string, id: string) =>
  figures<PandaWorker>(
    ['worker', harvester, id],
    `${api}/workers/${encodeURIComponent(harvester)}/${encodeURIComponent(id)}`,
  );
