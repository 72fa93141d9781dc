import type { Core } from '../../core/core.ts';
import type { ResourceType } from './resource-type.ts';
import type { Share } from './share-tree.ts';

type Seed = Omit<Share, 'throttled' | 'parent'>;

const shares: readonly Seed[] = [
  { name: 'Test', value: 5, ordinal: 10, matchers: { label: '(test|prod_test|ptest|rc_test|install)' } },
  { name: 'User Analysis', value: 45, ordinal: 20, matchers: { label: '(user|panda)' } },
  { name: 'Production', value: 50, ordinal: 30, matchers: { label: 'managed' } },
];

/** Names as pilots and Harvester know them; more than 2,000 MB for a core is much memory. */
const resourceTypes: readonly ResourceType[] = [
  { name: 'SCORE', minCores: 1, maxCores: 1, minMemoryMb: 0, maxMemoryMb: 2000, ordinal: 10 },
  { name: 'MCORE', minCores: 2, maxCores: null, minMemoryMb: 0, maxMemoryMb: 2000, ordinal: 20 },
  { name: 'SCORE_HIMEM', minCores: 1, maxCores: 1, minMemoryMb: 2001, maxMemoryMb: null, ordinal: 30 },
  { name: 'MCORE_HIMEM', minCores: 2, maxCores: null, minMemoryMb: 2001, maxMemoryMb: null, ordinal: 40 },
  { name: 'Undefined', minCores: null, maxCores: null, minMemoryMb: null, maxMemoryMb: null, ordinal: 1000 },
];

/** A share for each kind of work and the usual resource types, in an installation that has none of them. */
export async function seedShares({ db }: Core): Promise<void> {
  await db.sql`
    insert into panda.share (name, value, ordinal, matchers)
    select name, value, ordinal, matchers
    from jsonb_to_recordset(${JSON.stringify(shares)}::text::jsonb)
      as s (name text, value real, ordinal integer, matchers jsonb)
    where not exists (select from panda.share)
    on conflict (name) do nothing`;
  await db.sql`
    insert into panda.resource_type (name, min_cores, max_cores, min_memory_mb, max_memory_mb, ordinal)
    select r.name, r."minCores", r."maxCores", r."minMemoryMb", r."maxMemoryMb", r.ordinal
    from jsonb_to_recordset(${JSON.stringify(resourceTypes)}::text::jsonb)
      as r (name text, "minCores" integer, "maxCores" integer, "minMemoryMb" integer, "maxMemoryMb" integer,
            ordinal integer)
    where not exists (select from panda.resource_type)
    on conflict (name) do nothing`;
}
