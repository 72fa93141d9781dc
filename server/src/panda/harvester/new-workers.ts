import { entriesOf, readInteger } from '../front/values.ts';

/** What a queue says of the workers it wants; from its description. */
export interface StreamedQueue {
  /** Cores of a worker that takes jobs of several. */
  cores: number;
  /** Pilots may be built up there. */
  isOpen: boolean;
  /** At least this many cores count as running. */
  coreTarget: number;
  /** Workers that may run, by resource type; HIMEM stands for all of much memory. */
  limits: ReadonlyMap<string, number>;
}

export interface StreamedType {
  name: string;
  isMultiCore: boolean;
  isMuchMemory: boolean;
}

/** Jobs that are ready, in the order in which shares are served. */
export interface Ready {
  resourceType: string;
  jobs: number;
}

/** Workers by resource type and status, as the Harvester of the queue reported them. */
export type WorkersByType = ReadonlyMap<string, ReadonlyMap<string, number>>;

const basicType = 'SCORE';
const muchMemory = 'HIMEM';

/** Reads the keys that steer pilot streaming; those of pilots are read elsewhere. */
export function readStreamed(document: unknown, status: string): StreamedQueue {
  const given = new Map(entriesOf(document));
  const params = new Map(entriesOf(given.get('params')));
  const limits = new Map(entriesOf(given.get('uconfig'))).get('resource_type_limits');
  return {
    cores: readInteger(given.get('corecount'), 1) ?? 1,
    isOpen: status === 'online' || status === 'brokeroff',
    coreTarget: readInteger(params.get('ups_core_target'), 0) ?? 0,
    limits: new Map(
      entriesOf(limits).flatMap(([name, limit]) => {
        const known = readInteger(limit);
        return known === null ? [] : [[name, known] as const];
      }),
    ),
  };
}

/**
 * How many workers a Harvester shall submit to a queue, by resource type: enough that four tenths of the running cores
 * wait in the batch system, at least 75 workers' worth, for the jobs that are ready and have no worker yet. Without any
 * such job one worker is kept coming, so that the queue shows that it lives (panda-server 1.0.3, pilot streaming).
 */
export function newWorkers(
  queue: StreamedQueue,
  types: readonly StreamedType[],
  workers: WorkersByType,
  ready: readonly Ready[],
): Record<string, number> {
  const known = new Map(types.map((type) => [type.name, type]));
  const coresOf = (type: string): number => (known.get(type)?.isMultiCore === true ? queue.cores : 1);
  const limits = new Map(queue.limits);
  const waiting = new Map<string, number>();
  let running = 0;
  let queued = 0;
  for (const [type, statuses] of workers) {
    const cores = coresOf(type);
    const runs = statuses.get('running') ?? 0;
    running += runs * cores;
    const waits = (statuses.get('submitted') ?? 0) + (statuses.get('ready') ?? 0);
    waiting.set(type, waits);
    queued += waits * cores;
    lower(limits, type, runs);
    if (known.get(type)?.isMuchMemory === true) lower(limits, muchMemory, runs * cores);
  }
  if (queue.isOpen) running = Math.max(running, queue.coreTarget);
  let cores = Math.max(Math.max(Math.trunc(running * 0.4), 75 * queue.cores) - queued, 5 * queue.cores);
  const isFull = (type: string): boolean =>
    (limits.get(type) ?? 1) <= 0 ||
    (known.get(type)?.isMuchMemory === true && (limits.get(muchMemory) ?? 1) <= 0);
  for (const { resourceType, jobs } of ready) {
    if (isFull(resourceType)) continue;
    for (let job = 0; job < jobs && cores > 0; job++) {
      const left = (waiting.get(resourceType) ?? 0) - 1;
      waiting.set(resourceType, left);
      if (left <= 0) cores -= coresOf(resourceType);
    }
  }
  const wanted = [...waiting].map(([type, left]): [string, number] => [type, left >= 0 ? 0 : 1 - left]);
  return wanted.some(([, count]) => count > 0) ? Object.fromEntries(wanted) : { [basicType]: 1 };
}

function lower(limits: Map<string, number>, type: string, by: number): void {
  const limit = limits.get(type);
  if (limit !== undefined) limits.set(type, limit - by);
}
