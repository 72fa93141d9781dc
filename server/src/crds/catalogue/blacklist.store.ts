import type { Tx } from '../../core/db/index.ts';

/**
 * Makes `blacklisted` true for every mapping that uses, perhaps through others, a mapping marked bad, and false for
 * all others. Bad references make no mapping bad: they are an error only where they are recommended (crds 13.2.7).
 * Returns how many files changed.
 */
export async function markBlacklisted(tx: Tx, observatory: string): Promise<number> {
  const result = await tx`
    with recursive tainted(name) as (
      select name from crds.file where observatory = ${observatory} and rejected and kind = 'mapping'
      union
      select u.mapping from tainted t join crds.mapping_use u on u.observatory = ${observatory} and u.used = t.name),
    users as (
      select u.mapping as name from tainted t
      join crds.mapping_use u on u.observatory = ${observatory} and u.used = t.name)
    update crds.file f set blacklisted = not f.blacklisted
    where f.observatory = ${observatory}
      and (f.name in (select name from users) and not f.blacklisted
        or f.blacklisted and f.name not in (select name from users))`;
  return result.count;
}
