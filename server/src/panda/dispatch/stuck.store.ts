import type { Sql } from '../../core/db/index.ts';

/** What the pilots of a queue have; 0 = no matter. */
export interface PilotLimits {
  queue: string;
  mostCores: number;
  memoryMb: number;
  diskMb: number;
  /** When a pilot of that memory and disk went away with nothing; null = not known, and neither counts. */
  refusedAt: Date | null;
}

/** Jobs of a queue that wait and ask for more than its pilots have. */
export interface StuckJobs {
  queue: string;
  jobs: number;
  /** The oldest of them. */
  jobId: number;
  /** How many ask for too many cores, and the most that any asks for; likewise memory and disk. */
  byCores: number;
  cores: number;
  byMemory: number;
  memoryMb: number;
  byDisk: number;
  diskMb: number;
}

/** Activated jobs that are looked at in each queue, the oldest: what no pilot can take becomes the oldest. */
export const mostStuck = 200;

/** Along job_oldest_idx. Memory and disk count for jobs that waited already when the pilot was refused. */
export function listStuck(sql: Sql, limits: readonly PilotLimits[]): Promise<StuckJobs[]> {
  if (limits.length === 0) return Promise.resolve([]);
  return sql<StuckJobs[]>`
    select l.queue, s.*
    from jsonb_to_recordset(${JSON.stringify(limits)}::text::jsonb) as l (
      queue text, "mostCores" integer, "memoryMb" integer, "diskMb" integer, "refusedAt" timestamptz),
    lateral (
      select count(*)::integer as jobs, min(job_id) as job_id,
        count(*) filter (where by_cores)::integer as by_cores, max(cores) as cores,
        count(*) filter (where by_memory)::integer as by_memory, max(memory_mb) as memory_mb,
        count(*) filter (where by_disk)::integer as by_disk, max(disk_mb) as disk_mb
      from (
        select job_id, cores, memory_mb, disk_mb, l."mostCores" > 0 and cores > l."mostCores" as by_cores,
          l."memoryMb" > 0 and memory_mb > l."memoryMb" and waited as by_memory,
          l."diskMb" > 0 and disk_mb > l."diskMb" and waited as by_disk
        from (
          select job_id, cores, memory_mb, disk_mb, coalesce(status_since <= l."refusedAt", false) as waited
          from panda.job where status = 'activated' and queue = l.queue order by job_id limit ${mostStuck}) oldest) j
      where by_cores or by_memory or by_disk) s
    where s.jobs > 0`;
}
