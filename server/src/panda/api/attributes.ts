import { errorSources } from '../jobs/job.ts';
import type { Figures, FoundJob, Specification } from './job.store.ts';

const stamp = (at: Date): string => at.toISOString().slice(0, 19).replace('T', ' ');

/** Figures by their names in a JobSpec (panda-server 1.0.3). */
const figureNames: Readonly<Record<string, string>> = {
  cpu_seconds: 'cpuConsumptionTime',
  cores: 'actualCoreCount',
  mean_cores: 'meanCoreCount',
  n_events: 'nEvents',
  n_input_files: 'nInputFiles',
  max_rss_kb: 'maxRSS',
  max_vmem_kb: 'maxVMEM',
  max_swap_kb: 'maxSWAP',
  max_pss_kb: 'maxPSS',
  avg_rss_kb: 'avgRSS',
  avg_vmem_kb: 'avgVMEM',
  avg_swap_kb: 'avgSWAP',
  avg_pss_kb: 'avgPSS',
  tot_rchar_kb: 'totRCHAR',
  tot_wchar_kb: 'totWCHAR',
  tot_rbytes_kb: 'totRBYTES',
  tot_wbytes_kb: 'totWBYTES',
  rate_rchar: 'rateRCHAR',
  rate_wchar: 'rateWCHAR',
  rate_rbytes: 'rateRBYTES',
  rate_wbytes: 'rateWBYTES',
  memory_leak: 'memory_leak',
  memory_leak_x2: 'memory_leak_x2',
  job_metrics: 'jobMetrics',
};

/**
 * A job as a JobSpec of panda-server 1.0.3 has it: every attribute that has a value, by its name there; times in UTC
 * without a zone.
 */
export function jobAttributes(job: FoundJob, spec: Specification | null): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attributeValues(job, spec))
      .filter(([, value]) => value !== null && value !== undefined && value !== '')
      .map(([name, value]) => [name, value instanceof Date ? stamp(value) : value]),
  );
}

/** The same with attributes that have no value, and instants as such. */
export function attributeValues(job: FoundJob, spec: Specification | null): Record<string, unknown> {
  return {
    ...spec?.attributes,
    PandaID: job.jobId,
    jobStatus: job.status,
    jobSubStatus: job.subStatus,
    jobName: job.name,
    jediTaskID: job.taskId,
    taskID: job.taskId ?? spec?.attributes.taskID,
    reqID: job.requestId,
    jobsetID: job.jobsetId,
    computingSite: job.queue,
    computingElement: job.computingElement,
    prodSourceLabel: job.label,
    processingType: job.processingType,
    workingGroup: job.workingGroup,
    VO: job.vo,
    prodUserName: job.owner,
    assignedPriority: job.assignedPriority,
    currentPriority: job.priority,
    attemptNr: job.attempt,
    maxAttempt: job.maxAttempt,
    gshare: job.share,
    resource_type: job.resourceType,
    coreCount: job.cores,
    minRamCount: job.memoryMb,
    maxDiskCount: job.diskMb,
    maxCpuCount: job.cpuSeconds,
    maxWalltime: job.walltimeSeconds,
    hs06: job.hs06,
    commandToPilot: job.command,
    schedulerID: job.schedulerId,
    pilotID: job.pilotId,
    batchID: job.batchId,
    modificationHost: job.node,
    creationTime: job.createdAt,
    modificationTime: job.modifiedAt,
    stateChangeTime: job.statusSince,
    startTime: job.startedAt,
    endTime: job.endedAt,
    ...job.facts,
    ...figuresOf(job.figures),
    ...errorsOf(job),
    ...(spec === null ? {} : { transformation: spec.transformation, jobParameters: spec.parameters }),
  };
}

function figuresOf(figures: Figures | null): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(figures ?? {}).flatMap(([name, value]) => {
      const wire = figureNames[name];
      return wire === undefined ? [] : [[wire, value]];
    }),
  );
}

function errorsOf({ errors }: FoundJob): Record<string, unknown> {
  return Object.fromEntries(
    errorSources.flatMap((source): Array<[string, unknown]> => {
      const error = errors?.[source];
      if (error === undefined) return [];
      if (source === 'trans') return [['transExitCode', error.code]];
      return [
        [`${source}ErrorCode`, error.code],
        [`${source}ErrorDiag`, error.diag],
      ];
    }),
  );
}
