import { createHash } from 'node:crypto';
import type { Job } from '../jobs/job.ts';
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
  hash: string;
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

/** All stored files of a job: its inputs as far as they were uploaded or fetched, then its results. */
export function entitiesOf(job: Job): Entity[] {
  const inputs = job.parameters.flatMap(({ name, files = [] }) =>
    files.flatMap(({ hash, ...file }, index): Entity[] => {
      if (hash === null) return [];
      const { fileName, mediaType, sizeBytes } = file;
      const entity = inputEntity(job.jobId, name, index);
      return [{ entity, job, kind: 'input', name, fileName, mediaType, sizeBytes, hash }];
    }),
  );
  const results = job.results.map(
    (result): Entity => ({ ...result, entity: resultEntity(job.jobId, result.name), job, kind: 'result' }),
  );
  return [...inputs, ...results];
}

/** Null when there is no such entity, or no longer. */
export async function findEntity(service: Service, entity: string): Promise<Entity | null> {
  const at = entity.lastIndexOf('-');
  if (at <= 0) return null;
  const job = await service.readTogether(entity.slice(0, at));
  return job === null ? null : (entitiesOf(job).find((each) => each.entity === entity) ?? null);
}
