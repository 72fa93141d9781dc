import type { PandaJob, PandaJobFile, PandaJobMetrics, PandaJobWorker } from '@orrery/contracts/panda';
import type { JobFile } from '../jobs/file.ts';
import { errorSources, type Job } from '../jobs/job.ts';
import { errorMeaning } from './error-meanings.ts';
import type { Figures, FoundJob, HistoryEntry, JobWorkerRow } from './job.store.ts';
import { instantOrNull } from './job-row.wire.ts';
import { isHere } from './stored-file.ts';

export function apiErrors({ errors }: Pick<Job, 'errors'>): PandaJob['errors'] {
  return errorSources.flatMap((source) => {
    const error = errors?.[source];
    if (error === undefined || (error.code === 0 && error.diag === '')) return [];
    return [{ source, code: error.code, meaning: errorMeaning(source, error.code), diag: error.diag }];
  });
}

export function apiHistory(entries: readonly HistoryEntry[]): PandaJob['history'] {
  return entries.map(({ status, attempt, at, queue, node, why, changedBy }) => ({
    status,
    attempt,
    at: at.toISOString(),
    queue,
    node,
    why,
    by: changedBy,
  }));
}

/** With the address of its bytes when they are here. */
export function apiFile(file: JobFile, folders: ReadonlyMap<string, string>): PandaJobFile {
  return {
    id: file.fileId,
    type: file.type,
    lfn: file.lfn,
    scope: file.scope,
    dataset: file.dataset,
    guid: file.guid,
    status: file.status,
    sizeBytes: file.sizeBytes,
    checksum: file.checksum,
    endpoint: file.endpoint,
    surl: file.surl,
    events: file.nEvents,
    ...(isHere(file, folders) ? { href: `/api/panda/jobs/${file.jobId}/files/${file.fileId}` } : {}),
  };
}

/** Where the batch system wrote what: addresses that Harvester gave (harvester, worker attributes). */
const logNames = ['stdOut', 'stdErr', 'batchLog', 'jdl'] as const;

export function logsOf(attributes: Readonly<Record<string, unknown>> | null): PandaJobWorker['logs'] {
  return logNames.flatMap((name) => {
    const href = attributes?.[name];
    // Anything but a web address is text, and no link.
    return typeof href === 'string' && /^https?:\/\//.test(href) ? [{ name, href }] : [];
  });
}

export function apiJobWorker(row: JobWorkerRow): PandaJobWorker {
  return {
    harvester: row.harvesterId,
    worker: row.workerId,
    batchId: row.batchId,
    status: row.status ?? 'unknown',
    node: row.node,
    computingElement: row.computingElement,
    submittedAt: instantOrNull(row.submittedAt),
    startedAt: instantOrNull(row.startedAt),
    endedAt: instantOrNull(row.endedAt),
    logs: logsOf(row.attributes),
  };
}

export function apiMetrics(job: FoundJob, now: Date): PandaJobMetrics | null {
  const { figures } = job;
  if (figures === null) return null;
  const number = (name: string) => numberOf(figures, name);
  const integer = (name: string) => {
    const value = number(name);
    return value === null ? null : Math.round(value);
  };
  const cpuSeconds = number('cpu_seconds');
  return {
    heartbeatAt: job.isLive && typeof figures.at === 'string' ? new Date(figures.at).toISOString() : null,
    reports: integer('reports'),
    cpuSeconds,
    cpuEfficiency: efficiency(job, cpuSeconds, now),
    meanCores: number('mean_cores'),
    events: integer('n_events'),
    maxRssKb: integer('max_rss_kb'),
    maxVmemKb: integer('max_vmem_kb'),
    maxSwapKb: integer('max_swap_kb'),
    maxPssKb: integer('max_pss_kb'),
    avgRssKb: integer('avg_rss_kb'),
    avgVmemKb: integer('avg_vmem_kb'),
    avgSwapKb: integer('avg_swap_kb'),
    avgPssKb: integer('avg_pss_kb'),
    readBytesKb: integer('tot_rbytes_kb'),
    writtenBytesKb: integer('tot_wbytes_kb'),
    memoryLeak: number('memory_leak'),
  };
}

function numberOf(figures: Figures, name: string): number | null {
  const value = figures[name];
  return typeof value === 'number' ? value : null;
}

/** Of the cores it was given; null before it has run for a second. */
function efficiency(
  { startedAt, endedAt, cores }: FoundJob,
  cpuSeconds: number | null,
  now: Date,
): number | null {
  if (cpuSeconds === null || startedAt === null) return null;
  const seconds = ((endedAt ?? now).getTime() - startedAt.getTime()) / 1000;
  return seconds < 1 ? null : cpuSeconds / (seconds * Math.max(1, cores));
}
