import { createHash } from 'node:crypto';
import type { Job, JobResult } from '../jobs/job.ts';
import type { Service } from '../service.ts';

/**
 * Entities, as OPUS calls the files of jobs. The id is the job's own, which nobody can guess, and a hash of which
 * file of the job it is. So collecting results twice gives the same ids, every job that was ever stored has them,
 * and an entity is found by the primary key of its job.
 */
export interface Entity {
  entity: string;
  job: Job;
  /** Which result or input of the job it is. */
  kind: 'result' | 'input';
  name: string;
  fileName: string;
  mediaType: string;
  sizeBytes: number | null;
  /** SHA-256, also of bytes that are gone. */
  hash: string;
  /** The job is archived: there was such a file. */
  isRemoved: boolean;
}

/** 48 bits tell the files of one job apart. */
const hashSigns = 12;

function entityId(jobId: string, kind: Entity['kind'], name: string): string {
  const hash = createHash('sha256').update(`${kind}\0${name}`).digest('hex');
  return `${jobId}-${hash.slice(0, hashSigns)}`;
}

export function resultEntity(jobId: string, result: string): string {
  return entityId(jobId, 'result', result);
}

/** The file number `index`, from 0, of an input. */
export function inputEntity(jobId: string, parameter: string, index: number): string {
  return entityId(jobId, 'input', `${parameter}/${index}`);
}

/**
 * All files of a job that are or were stored: its inputs as far as they were uploaded or fetched, then its results.
 */
export function entitiesOf(job: Job): Entity[] {
  const inputs = job.parameters.flatMap(({ name, files = [] }) =>
    files.flatMap((file, index): Entity[] => {
      const hash = file.hash ?? file.removedHash;
      if (hash === undefined) return [];
      const { fileName, mediaType, sizeBytes } = file;
      const entity = inputEntity(job.jobId, name, index);
      const isRemoved = file.hash === null;
      return [{ entity, job, kind: 'input', name, fileName, mediaType, sizeBytes, hash, isRemoved }];
    }),
  );
  const asEntity = (result: JobResult, isRemoved: boolean): Entity => {
    const entity = resultEntity(job.jobId, result.name);
    return { ...result, entity, job, kind: 'result', isRemoved };
  };
  return [
    ...inputs,
    ...job.results.map((result) => asEntity(result, false)),
    ...job.removedResults.map((result) => asEntity(result, true)),
  ];
}

/**
 * Null when there is no such entity, or its job has been deleted. `demand` sees the job first and throws for who may
 * not see it: which files a job has, and so whether it has ended, is told to nobody else.
 */
export async function findEntity(
  service: Service,
  entity: string,
  demand: (job: Job) => void = () => {},
): Promise<Entity | null> {
  const at = entity.lastIndexOf('-');
  if (at <= 0) return null;
  const job = await service.readTogether(entity.slice(0, at));
  if (job === null) return null;
  demand(job);
  return entitiesOf(job).find((each) => each.entity === entity) ?? null;
}
