import { compileLinear, type LinearRegex } from '../../core/regex/index.ts';
import type { Share } from './share-tree.ts';

/** What decides the share of a job or a task. */
export interface ShareFacts {
  /** prodSourceLabel */
  label: string;
  workingGroup?: string | null;
  campaign?: string | null;
  processingType?: string | null;
  transformation?: string | null;
  vo?: string | null;
  resourceType?: string | null;
}

/** What a share may ask of a job. */
const matcherNames = [
  'label',
  'workingGroup',
  'campaign',
  'processingType',
  'transformation',
  'vo',
  'resourceType',
] as const satisfies (keyof ShareFacts)[];

/** The share of jobs that no leaf takes. */
export const unknownShare = 'Undefined';

export type ShareMatch = (facts: ShareFacts) => boolean;

/**
 * Whether a share takes a job: every matcher is a regular expression anchored at the start of the value. What is not
 * known of the job asks nothing, but a missing working group is one blank (panda-server 1.0.3, `compare_share_task`).
 * A share with a matcher that is no regular expression takes nothing.
 */
export function compileMatch({ matchers }: Pick<Share, 'matchers'>): ShareMatch {
  const wanted: Array<[keyof ShareFacts, LinearRegex]> = [];
  for (const name of matcherNames) {
    const pattern = matchers[name];
    if (pattern === undefined || pattern === '') continue;
    try {
      wanted.push([name, compileLinear(`^(?:${pattern})`, '')]);
    } catch {
      return () => false;
    }
  }
  return (facts) =>
    wanted.every(([name, regex]) => {
      const value = name === 'workingGroup' ? facts.workingGroup || ' ' : facts[name];
      return value === null || value === undefined || value === '' || regex.test(value);
    });
}
