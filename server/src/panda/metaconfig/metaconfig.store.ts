import type { Sql } from '../../core/db/index.ts';

/** A class of jobs by cores and memory; memory in MB for a core, null = no limit. */
export interface ResourceTypeRow {
  name: string;
  minCores: number | null;
  maxCores: number | null;
  minMemoryMb: number | null;
  maxMemoryMb: number | null;
}

export function listResourceTypes(sql: Sql): Promise<ResourceTypeRow[]> {
  return sql<ResourceTypeRow[]>`
    select name, min_cores, max_cores, min_memory_mb, max_memory_mb from panda.resource_type order by ordinal, name`;
}
