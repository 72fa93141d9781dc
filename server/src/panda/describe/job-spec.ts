import { attributeValues } from '../api/attributes.ts';
import type { FoundJob, Specification } from '../api/job.store.ts';
import { plainInstant } from '../front/answers.ts';
import { SpecObject } from '../front/pickle/index.ts';
import type { JobFile } from '../jobs/file.ts';
import { fileAttributes, jobAttributes } from '../submit/job-attributes.ts';

/** A job with everything a JobSpec says of it. Attributes stand in the order of clients; null = no value. */
export interface DescribedJob {
  attributes: ReadonlyMap<string, unknown>;
  files: ReadonlyArray<ReadonlyMap<string, unknown>>;
}

/** Attributes that are 0 where nothing else was said (panda-server 1.0.3, its database's defaults). */
const zeroes = new Set(
  `assignedPriority currentPriority attemptNr maxAttempt maxCpuCount maxDiskCount minRamCount cpuConsumptionTime
  pilotErrorCode exeErrorCode supErrorCode ddmErrorCode brokerageErrorCode jobDispatcherErrorCode taskBufferErrorCode
  nEvents relocationFlag jobExecutionID nOutputDataFiles outputFileBytes`.split(/\s+/),
);

/** Puts together what tables have of a job; `spec` is null when it is no longer kept. */
export function describedJob(
  job: FoundJob,
  spec: (Specification & { metadata: string | null }) | null,
  files: readonly JobFile[],
): DescribedJob {
  const values: Record<string, unknown> = {
    ...attributeValues(job, spec),
    prodUserID: job.owner,
    metadata: spec?.metadata ?? null,
  };
  return {
    attributes: new Map(
      jobAttributes.map((name) => [name, values[name] ?? (zeroes.has(name) ? 0 : null)] as const),
    ),
    files: files.map(describedFile),
  };
}

function describedFile(file: JobFile): ReadonlyMap<string, unknown> {
  const { attributes, checksum } = file;
  const isMd5 = checksum?.startsWith('md5:') === true;
  const values: Record<string, unknown> = {
    ...attributes,
    row_ID: file.fileId,
    PandaID: file.jobId,
    GUID: file.guid,
    lfn: file.lfn,
    type: file.type,
    dataset: file.dataset,
    status: file.status,
    destinationDBlockToken:
      attributes.destinationDBlockToken ?? (file.endpoint === null ? null : `dst:${file.endpoint}`),
    fsize: file.sizeBytes ?? 0,
    md5sum: isMd5 ? checksum.slice('md5:'.length) : null,
    checksum: isMd5 ? `md:${checksum.slice('md5:'.length)}` : checksum,
    scope: file.scope,
    jediTaskID: file.taskId,
    datasetID: file.taskDatasetId,
    fileID: file.taskFileId,
    attemptNr: file.attempt,
  };
  return new Map(fileAttributes.map((name) => [name, values[name] ?? null] as const));
}

/** As v1 answers it: by name, files below `Files`. */
export function specDictionary({ attributes, files }: DescribedJob): Record<string, unknown> {
  return { ...Object.fromEntries(attributes), Files: files.map((file) => Object.fromEntries(file)) };
}

/** As legacy `getJobStatus` answers who accepts JSON: without files, instants as texts (panda-server 0.8.1). */
export function flatDictionary({ attributes }: DescribedJob): Record<string, unknown> {
  return Object.fromEntries(
    Array.from(attributes, ([name, value]) => [name, value instanceof Date ? plainInstant(value) : value]),
  );
}

const orNull = (value: unknown): unknown => value ?? 'NULL';

/** As pickles carry it: a JobSpec whose files know their job. */
export function specObject({ attributes, files }: DescribedJob): SpecObject {
  const job = new SpecObject('JobSpec');
  const fileObjects = files.map(
    (file) => new SpecObject('FileSpec', [...[...file.values()].map(orNull), job]),
  );
  job.state = [...[...attributes.values()].map(orNull), fileObjects];
  return job;
}

/** As `no_pickle` asks for it: lists of values, an instant as `{"_datetime_object": "2026-11-22 00:38:36.934000"}`. */
export function specState({ attributes, files }: DescribedJob): unknown[] {
  const fileStates = files.map((file) => [...[...file.values()].map(orNull), null]);
  return [...[...attributes.values()].map((value) => stated(orNull(value))), fileStates];
}

function stated(value: unknown): unknown {
  if (!(value instanceof Date)) return value;
  return { _datetime_object: `${value.toISOString().slice(0, -1).replace('T', ' ')}000` };
}
