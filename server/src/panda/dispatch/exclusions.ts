import type { Job } from '../jobs/job.ts';
import type { JobFilter } from './request.ts';

/** What of a job a filter looks at. */
export type FilteredJob = Pick<
  Job,
  | 'label'
  | 'processingType'
  | 'memoryMb'
  | 'cores'
  | 'diskMb'
  | 'walltimeSeconds'
  | 'resourceType'
  | 'owner'
  | 'ownerAccountId'
  | 'taskId'
  | 'requestId'
  | 'background'
  | 'vo'
>;

/** A part of a filter that a job does not pass. */
export const exclusions = [
  'label',
  'cores',
  'memory',
  'disk',
  'walltime',
  'resource-type',
  'owner',
  'task',
  'background',
  'mean-memory',
  'vo',
] as const;
export type Exclusion = (typeof exclusions)[number];

/**
 * Every part of a filter that keeps a job from a pilot; none when the pilot may have it. The database decides by the
 * same rules (`panda.fits_request`); a test compares the two.
 */
export function excludedBy(job: FilteredJob, filter: JobFilter): Exclusion[] {
  const passes: Record<Exclusion, boolean> = {
    label:
      filter.labels.includes(job.label) ||
      (filter.processingType !== null && job.processingType === filter.processingType),
    // Requests that were kept before this was looked at do not have it.
    cores: !(filter.mostCores > 0) || job.cores <= filter.mostCores,
    memory: filter.memoryMb === 0 || job.memoryMb <= filter.memoryMb,
    disk: filter.diskMb === 0 || job.diskMb <= filter.diskMb,
    walltime: filter.walltimeSeconds === 0 || job.walltimeSeconds <= filter.walltimeSeconds,
    'resource-type': filter.resourceType === null || job.resourceType === filter.resourceType,
    owner:
      (filter.owner === null || job.owner === filter.owner) &&
      (filter.ownerAccountId === null || job.ownerAccountId === filter.ownerAccountId),
    task: filter.taskId === null || (job.taskId ?? job.requestId) === filter.taskId,
    background: !filter.background || job.background,
    // Requests that were kept before this was looked at do not have it.
    'mean-memory':
      !(filter.memoryPerCoreMb > 0) || job.memoryMb <= filter.memoryPerCoreMb * Math.max(job.cores, 1),
    vo: filter.vos === null || job.vo === null || filter.vos.includes(job.vo),
  };
  return exclusions.filter((part) => !passes[part]);
}

/** What the pilot asked for, and what `job` asks for, as the reason why the job was not for it. */
export function sayExclusionOf(part: Exclusion, filter: JobFilter, job: FilteredJob): string {
  const said = sayExclusion(part, filter);
  const asks = askedFor(part, job);
  return asks === null ? said : `${said}, and the job ${asks}`;
}

function askedFor(part: Exclusion, job: FilteredJob): string | null {
  switch (part) {
    case 'label':
      return `has label ${job.label}`;
    case 'cores':
      return `asks for ${job.cores}`;
    case 'memory':
      return `asks for ${job.memoryMb} MB`;
    case 'mean-memory':
      return `asks for ${Math.ceil(job.memoryMb / Math.max(job.cores, 1))} MB a core`;
    case 'disk':
      return `asks for ${job.diskMb} MB`;
    case 'walltime':
      return `asks for ${job.walltimeSeconds} s`;
    case 'resource-type':
      return `is of ${job.resourceType}`;
    case 'vo':
      return `is of ${job.vo}`;
    case 'owner':
    case 'task':
    case 'background':
      return null;
  }
}

/** What the pilot asked for, as the reason why a job or some jobs were not for it. */
export function sayExclusion(part: Exclusion, filter: JobFilter): string {
  switch (part) {
    case 'cores':
      return filter.mostCores === 1 ? 'it has 1 core' : `it has ${filter.mostCores} cores`;
    case 'label':
      return `it takes only jobs with ${filter.labels.length === 0 ? '' : `label ${listed(filter.labels)}`}${
        filter.processingType === null
          ? ''
          : `${filter.labels.length === 0 ? '' : ' or '}processing type ${filter.processingType}`
      }`;
    case 'memory':
      return `it has ${filter.memoryMb} MB of memory`;
    case 'disk':
      return `it has ${filter.diskMb} MB of disk`;
    case 'walltime':
      return `it has ${filter.walltimeSeconds} s left`;
    case 'resource-type':
      return `it takes only jobs of resource type ${filter.resourceType}`;
    case 'owner':
      return filter.owner === null
        ? 'it has no role of a pilot and takes only its own jobs'
        : `it takes only jobs of ${filter.owner}`;
    case 'task':
      return `it takes only jobs of task ${filter.taskId}`;
    case 'background':
      return 'it takes only background jobs';
    case 'mean-memory':
      return `it takes only jobs of at most ${filter.memoryPerCoreMb} MB a core, since those that run on its queue are above its meanrss in the mean`;
    case 'vo':
      return `it takes only jobs of the VO ${listed(filter.vos ?? [])}`;
  }
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
