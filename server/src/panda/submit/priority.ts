/** The base of everybody's jobs. */
export const basePriority = 1000;

/** Jobs of a user count no further than this: by then all of them are at the end anyway. */
export const mostCounted = 50_000;

/** What a priority depends on. */
export interface PriorityFacts {
  label: string;
  processingType: string | null;
  workingGroup: string | null;
  /** Jobs the owner has queued or running before this one. */
  ownerJobs: number;
}

/**
 * Priority of a job that asks for none (panda-server 1.0.3): installation 4100, express 6000 (its build 6500), builds
 * and group production 2000, everybody else 1000; jobs of users lose a point for every five the user already has.
 */
export function priorityOf({ label, processingType, workingGroup, ownerJobs }: PriorityFacts): number {
  const isBuild = label === 'panda';
  if (label === 'install') return 4100;
  if (processingType === 'usermerge' || processingType === 'pmerge') return 5000;
  if (processingType === 'express') return isBuild ? 6500 : 6000;
  if (isBuild) return 2000;
  if (label !== 'user') return basePriority;
  if (workingGroup !== null) return 2000;
  return basePriority - Math.floor(ownerJobs / 5);
}
