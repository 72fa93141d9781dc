import type { Tx } from '../../core/db/index.ts';
import { closureQuery } from '../catalogue/closure.store.ts';

/**
 * Files of the latest context become operational, those that were and have dropped out archived. Doing it again
 * changes nothing. Returns how many files changed.
 */
export async function markStates(tx: Tx, observatory: string, context: string): Promise<number> {
  const result = await tx`
    with recursive ${closureQuery(tx, observatory, context)}
    update crds.file f set
      state = case when f.state = 'operational' then 'archived' else 'operational' end,
      state_since = clock_timestamp(),
      activated_at = case when f.state = 'operational' then f.activated_at else coalesce(f.activated_at, clock_timestamp()) end
    where f.observatory = ${observatory}
      and (f.state = 'operational') <> (f.name in (select name from reached))`;
  return result.count;
}
