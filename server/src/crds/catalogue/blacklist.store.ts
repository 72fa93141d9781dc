import type { Tx } from '../../core/db/index.ts';

/**
 * Makes `blacklisted` true for every mapping that uses, perhaps through others, a mapping marked bad, and false for
 * all others. Bad references make no mapping bad: they are an error only where they are recommended (crds 13.2.7).
 * Returns how many files changed.
 */
export async function markBlacklisted(tx: Tx, observatory: string): Promise<number> {
  const result = await tx`
    with recursive tainted(name) as (
      select name from crds.file 
      where observatory = ${observatory} and (rejected or blacklisted) and rejected and kind = 'mapping'
      union
      select u.mapping from tainted t join crds.mapping_use u on u.observatory = ${observatory} and u.used = t.name),
    users as (
      select distinct u.mapping as name from tainted t
      join crds.mapping_use u on u.observatory = ${observatory} and u.used = t.name),
    -- Both halves start from few rows, so that a catalogue without bad mappings is not read at all.
    wrong as (
      select f.name from users join crds.file f on f.observatory = ${observatory} and f.name = users.name
      where not f.blacklisted
      union all
      select f.name from crds.file f
      where f.observatory = ${observatory} and (f.rejected or f.blacklisted) and f.blacklisted
        and f.name not in (select name from users))
    update crds.file f set blacklisted = not f.blacklisted
    from wrong where f.observatory = ${observatory} and f.name = wrong.name`;
  return result.count;
}
