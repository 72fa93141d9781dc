import { jobAttributes } from '../api/attributes.ts';
import type { FoundJob, Specification } from '../api/job.store.ts';
import { mainError } from '../api/job-row.wire.ts';
import type { JobFile } from '../jobs/file.ts';
import type { TaskDatasetRow, TaskRow } from './monitor.store.ts';

const stamp = (at: Date | null): string | null =>
  at === null ? null : at.toISOString().slice(0, 19).replace('T', ' ');

/** A job as the monitor's scripts read it: attributes by their wire names in small letters. */
export function monitorJob(job: FoundJob, spec: Specification | null = null): Record<string, unknown> {
  const attributes = Object.entries(jobAttributes(job, spec)).map(([name, value]) => [
    name.toLowerCase(),
    value,
  ]);
  const error = mainError(job);
  return {
    ...Object.fromEntries(attributes),
    creationtime: stamp(job.createdAt),
    modificationtime: stamp(job.modifiedAt),
    statechangetime: stamp(job.statusSince),
    starttime: stamp(job.startedAt),
    endtime: stamp(job.endedAt),
    errorinfo:
      error === null ? '' : `${error.source}:${error.code} ${error.diag || (error.meaning ?? '')}`.trimEnd(),
    durationsec:
      job.startedAt === null || job.endedAt === null
        ? null
        : Math.round((job.endedAt.getTime() - job.startedAt.getTime()) / 1000),
  };
}

export function monitorFile(file: JobFile): Record<string, unknown> {
  return {
    pandaid: file.jobId,
    fileid: file.fileId,
    type: file.type,
    lfn: file.lfn,
    scope: file.scope,
    dataset: file.dataset,
    guid: file.guid,
    status: file.status,
    fsize: file.sizeBytes,
    checksum: file.checksum,
    destinationse: file.endpoint,
    proddblock: file.attributes.prodDBlock ?? null,
    dispatchdblock: file.attributes.dispatchDBlock ?? null,
    destinationdblock: file.attributes.destinationDBlock ?? null,
    attemptnr: file.attempt,
    jeditaskid: file.taskId,
  };
}

export function monitorTask(task: TaskRow): Record<string, unknown> {
  return {
    jeditaskid: task.taskId,
    parent_tid: task.parentId,
    taskname: task.name,
    status: task.status,
    superstatus: task.superStatus,
    username: task.owner,
    prodsourcelabel: task.label,
    vo: task.vo,
    workinggroup: task.workingGroup,
    tasktype: task.type,
    processingtype: task.processingType,
    campaign: task.campaign,
    currentpriority: task.priority,
    gshare: task.share,
    site: task.queue,
    reqid: task.requestId,
    splitrule: task.splitRule,
    errordialog: task.errorDialog,
    creationdate: stamp(task.createdAt),
    modificationtime: stamp(task.modifiedAt),
    starttime: stamp(task.startedAt),
    endtime: stamp(task.endedAt),
  };
}

export function monitorDataset(dataset: TaskDatasetRow): Record<string, unknown> {
  return {
    datasetid: dataset.taskDatasetId,
    datasetname: dataset.name,
    containername: dataset.container,
    type: dataset.type,
    status: dataset.status,
    nfiles: dataset.nFiles,
    nfilestobeused: dataset.nFilesToBeUsed,
    nfilesused: dataset.nFilesUsed,
    nfilesfinished: dataset.nFilesFinished,
    nfilesfailed: dataset.nFilesFailed,
    nfilesonhold: dataset.nFilesOnHold,
    nevents: dataset.nEvents,
    neventsused: dataset.nEventsUsed,
  };
}

/** How often each value of an attribute occurs among the jobs shown, most first. */
export function countsByAttribute(jobs: ReadonlyArray<Record<string, unknown>>): unknown[] {
  const shown = ['jobstatus', 'computingsite', 'produsername', 'prodsourcelabel', 'gshare', 'jeditaskid'];
  return shown.map((field) => {
    const groups = Map.groupBy(jobs, (job) => String(job[field] ?? ''));
    groups.delete('');
    const list = [...groups]
      .map(([kname, { length }]) => ({ kname, kvalue: length }))
      .toSorted((a, b) => b.kvalue - a.kvalue);
    return { field, list };
  });
}
