import { findAccount } from '../../core/auth/index.ts';
import type { Sql } from '../../core/db/index.ts';
import { cleanName } from '../jobs/clean-name.ts';

/** Whose jobs are meant: any that meets one of these. */
export interface Owners {
  /** As jobs name their owner (`prodUserName`); for a pattern those that final jobs name, null = too many. */
  names: readonly string[] | null;
  accountIds: readonly number[];
  /** For LIKE; null = names are compared as they are. */
  pattern: string | null;
}

/** Names that a pattern is looked up among, and those that jobs are then looked for by. */
const mostLookedAt = 5000;
const mostNames = 20;

/**
 * Reads whom somebody means: the name of the owner as jobs have it, an account by its name, the distinguished name of a
 * certificate, or a pattern in which `*` stands for any text.
 */
export async function ownersOf(sql: Sql, text: string): Promise<Owners> {
  if (text.includes('*'))
    return { names: await namesLike(sql, patternOf(text)), accountIds: [], pattern: patternOf(text) };
  const name = cleanName(text);
  const account = await findAccount(sql, name);
  const names = [text, name, ...(account === null ? [] : [account.displayName])];
  return {
    names: [...new Set(names)],
    accountIds: account === null ? [] : [account.accountId],
    pattern: null,
  };
}

/** `*` stands for any text, as in the monitor; everything else for itself. */
export function patternOf(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&').replaceAll(/\*+/g, '%');
}

/**
 * Owners of final jobs that a pattern fits, found by steps from one to the next in job_archive_owner_name_idx; null when
 * there are too many to look for jobs by.
 */
async function namesLike(sql: Sql, pattern: string): Promise<string[] | null> {
  const rows = await sql<{ owner: string; n: number }[]>`
    with recursive known (owner, n) as (
      (select owner, 1 from panda.job_archive order by owner limit 1)
      union all
      select (select j.owner from panda.job_archive j where j.owner > known.owner order by j.owner limit 1), n + 1
      from known where known.owner is not null and n <= ${mostLookedAt})
    select owner, n from known where owner is not null and (owner like ${pattern} or n > ${mostLookedAt})
    limit ${mostNames + 1}`;
  return rows.length > mostNames || rows.some(({ n }) => n > mostLookedAt)
    ? null
    : rows.map(({ owner }) => owner);
}
