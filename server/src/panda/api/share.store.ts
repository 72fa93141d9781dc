import type { PandaShareChange } from '@orrery/contracts/panda';
import type { Tx } from '../../core/db/index.ts';

/** False when there is no share of that name. */
export async function changeShare(
  tx: Tx,
  name: string,
  { value, matchers, throttled }: PandaShareChange,
): Promise<boolean> {
  const rows = await tx`
    update panda.share set value = coalesce(${value ?? null}::real, value),
      matchers = coalesce(${matchers === undefined ? null : JSON.stringify(matchers)}::text::jsonb, matchers),
      throttled = coalesce(${throttled ?? null}::boolean, throttled)
    where name = ${name} returning name`;
  return rows.length > 0;
}
