import type { Identity } from '../../core/auth/index.ts';
import type { Sql } from '../../core/db/index.ts';
import { AppError } from '../../core/errors.ts';

/** A VO, or a group of one, whose jobs somebody with a production role may see and control. */
export interface ProductionScope {
  vo: string;
  group: string | null;
}

/** Whose jobs a caller sees: everybody's, or its own and those of the VOs it produces for. */
export type Sight = 'all' | { accountId: number | null; scopes: readonly ProductionScope[] };

export function sightOf(identity: Identity): Sight {
  const held = identity.scopesOf('panda.production');
  if (held === 'all') return 'all';
  const scopes = held.map((scope): ProductionScope => {
    const slash = scope.indexOf('/');
    return slash < 0
      ? { vo: scope, group: null }
      : { vo: scope.slice(0, slash), group: scope.slice(slash + 1) };
  });
  return { accountId: identity.accountId, scopes };
}

/** What decides who may see a job. */
export interface Owned {
  ownerAccountId: number | null;
  vo: string | null;
  workingGroup: string | null;
}

/** Sees it, and may act on it if it may act on jobs at all. */
export function maySee(sight: Sight, job: Owned): boolean {
  if (sight === 'all') return true;
  if (job.ownerAccountId !== null && job.ownerAccountId === sight.accountId) return true;
  return sight.scopes.some(
    ({ vo, group }) => vo === job.vo && (group === null || group === job.workingGroup),
  );
}

/** Jobs in sight, as a condition on the columns of a job. */
export function inSight(sql: Sql, sight: Sight) {
  if (sight === 'all') return sql`true`;
  const own = sight.accountId === null ? sql`false` : sql`owner_account_id = ${sight.accountId}`;
  if (sight.scopes.length === 0) return own;
  const vos = sight.scopes.filter(({ group }) => group === null).map(({ vo }) => vo);
  const groups = sight.scopes.flatMap(({ vo, group }) => (group === null ? [] : [`${vo}/${group}`]));
  return sql`(${own} or vo = any(${vos}::text[]) or vo || '/' || working_group = any(${groups}::text[]))`;
}

/**
 * Whether the caller is sent an event of a job. Events tell the owner but not the VO: others with a production role of
 * a VO see the change with their next look.
 */
export function mayFollowJob(identity: Identity, data: unknown): boolean {
  if (sightOf(identity) === 'all') return true;
  const { account } = data as { account: number | null };
  return account !== null && account === identity.accountId;
}

/** The same answer for a job that is not there and one that is not the caller's. */
export function jobUnknown(jobId: number | string): AppError {
  return new AppError(
    'missing',
    'panda.job-unknown',
    `There is no job ${String(jobId).slice(0, 40)} that you may see.`,
    {
      next: 'See the list of jobs; others’ jobs are for production roles of their VO and operators.',
    },
  );
}
