import type {
  PandaNodeError,
  PandaNodeGpu,
  PandaNodeHour,
  PandaNodeJob,
  PandaNodeRow,
} from '@orrery/contracts/panda';
import { errorMeaning } from './error-meanings.ts';
import type { GpuRow, ListedNode } from './node.store.ts';
import type { EndedThere, JobThere } from './node-ended.store.ts';

const hourMs = 3_600_000;

export function apiNode(node: ListedNode): PandaNodeRow {
  return {
    site: node.site,
    host: node.host,
    cpuModel: node.cpuModel,
    cpuName: node.cpuModelNormalized,
    logicalCpus: node.logicalCpus,
    sockets: node.sockets,
    coresPerSocket: node.coresPerSocket,
    threadsPerCore: node.threadsPerCore,
    architecture: node.architecture,
    level: node.architectureLevel,
    clockMhz: node.clockMhz,
    memoryMb: node.memoryMb,
    diskGb: node.diskGb,
    gpus: node.gpus.map(apiGpu),
    queues: node.queues,
    firstSeenAt: node.firstSeenAt.toISOString(),
    lastSeenAt: node.lastSeenAt.toISOString(),
  };
}

/** JSON of the database brings instants as text. */
export function apiGpu({ lastSeenAt, ...gpu }: GpuRow): PandaNodeGpu {
  return { ...gpu, lastSeenAt: new Date(lastSeenAt).toISOString() };
}

export function apiErrorsThere(errors: EndedThere['errors']): PandaNodeError[] {
  return errors.map(({ source, code, jobs }) => ({
    source,
    code,
    meaning: errorMeaning(source, code),
    jobs,
  }));
}

/** Every hour since `since`, also those in which nothing ended. */
export function apiHours(counted: EndedThere['hours'], since: Date, hours: number): PandaNodeHour[] {
  const byHour = new Map(counted.map((one) => [one.hour, one]));
  return Array.from({ length: hours }, (_, hour) => ({
    at: new Date(since.getTime() + hour * hourMs).toISOString(),
    finished: byHour.get(hour)?.finished ?? 0,
    failed: byHour.get(hour)?.failed ?? 0,
  }));
}

export function apiJobThere(job: JobThere): PandaNodeJob {
  const { errorSource: source, errorCode: code, diag } = job;
  return {
    id: job.jobId,
    status: job.status,
    queue: job.queue,
    owner: job.owner,
    node: job.node,
    startedAt: job.startedAt?.toISOString() ?? null,
    endedAt: job.endedAt.toISOString(),
    error: source === null || code === null ? null : { source, code, diag: diag ?? '' },
  };
}
