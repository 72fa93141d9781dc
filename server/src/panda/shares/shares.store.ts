import type { Sql } from '../../core/db/index.ts';
import type { ResourceType } from './resource-type.ts';
import type { Share } from './share-tree.ts';

export function listShares(sql: Sql): Promise<Share[]> {
  return sql<Share[]>`
    select name, parent, value::float8 as value, ordinal, matchers, throttled from panda.share
    order by ordinal, name`;
}

/** In the order in which they are tried. */
export function listResourceTypes(sql: Sql): Promise<ResourceType[]> {
  return sql<ResourceType[]>`
    select name, min_cores, max_cores, min_memory_mb, max_memory_mb, ordinal from panda.resource_type
    order by ordinal, name`;
}
