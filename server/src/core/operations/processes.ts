import { hostname } from 'node:os';
import type { Core } from '../core.ts';
import type { Sql } from '../db/index.ts';

/** A process that has not been seen for this long is lost. */
export const lostAfterSeconds = 20;

export interface Presence {
  /** Marks the process as draining, so that others know it takes no new work. */
  drain(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Tells the others that this process lives and what it has answered, every five seconds, and clears away the
 * rows of processes that were lost a day ago.
 */
export function announceProcess(core: Core, version: string): Presence {
  let last = Date.now();
  const beat = async (): Promise<void> => {
    const { metrics, events, db, config, processId } = core;
    const families = metrics.takeFamilies();
    last = Date.now();
    await db.sql`
      insert into core.process as p (process_id, host, pid, role, version, slots, memory_mb, loop_delay_p99_ms, open_waits, open_streams)
      values (${processId}, ${hostname()}, ${process.pid}, ${config.role}, ${version}, ${config.database.poolSize},
              ${process.memoryUsage.rss() / 1e6}, ${metrics.takeLoopDelayP99Ms()}, ${events.waits.openCount}, ${events.streamCount})
      on conflict (process_id) do update set seen_at = clock_timestamp(), memory_mb = excluded.memory_mb,
        loop_delay_p99_ms = excluded.loop_delay_p99_ms, open_waits = excluded.open_waits, open_streams = excluded.open_streams`;
    if (families.length > 0) {
      await db.sql`
        insert into core.request_minute as m (minute, process_id, family, requests, total_ms)
        select date_trunc('minute', clock_timestamp()), ${processId}, family, requests, total_ms
        from unnest(${families.map((f) => f.family)}::text[], ${families.map((f) => f.count)}::int[],
                    ${families.map((f) => f.totalMs)}::float8[]) as f (family, requests, total_ms)
        on conflict (minute, process_id, family) do update
          set requests = m.requests + excluded.requests, total_ms = m.total_ms + excluded.total_ms`;
    }
  };
  const quietly = (): void => {
    beat().catch((error: unknown) =>
      core.log.warn({ err: error, sinceMs: Date.now() - last }, 'the process could not say that it lives'),
    );
  };
  // Without the database the row stays and is called lost after a while: stopping does not wait for that.
  const unreachable = (error: unknown): void =>
    core.log.warn({ err: error }, 'the process could not sign off');
  quietly();
  const timer = setInterval(quietly, 5000);
  timer.unref();
  return {
    async drain() {
      await core.db.sql`update core.process set draining = true where process_id = ${core.processId}`.catch(
        unreachable,
      );
    },
    async stop() {
      clearInterval(timer);
      await core.db.sql`delete from core.process where process_id = ${core.processId}`.catch(unreachable);
    },
  };
}

export interface ProcessState {
  processId: string;
  host: string;
  pid: number;
  role: string;
  version: string;
  startedAt: Date;
  seenAt: Date;
  state: 'online' | 'draining' | 'lost';
  memoryMb: number;
  eventLoopDelayP99Ms: number;
  openWaits: number;
  openStreams: number;
}

export function listProcesses(sql: Sql): Promise<ProcessState[]> {
  return sql<ProcessState[]>`
    select process_id, host, pid, role, version, started_at, seen_at, memory_mb,
           loop_delay_p99_ms as event_loop_delay_p99_ms, open_waits, open_streams,
           case when seen_at < clock_timestamp() - make_interval(secs => ${lostAfterSeconds}) then 'lost'
                when draining then 'draining' else 'online' end as state
    from core.process order by host, pid`;
}

/** Forgets processes that were lost a day ago. */
export async function forgetLostProcesses(sql: Sql): Promise<void> {
  await sql`delete from core.process where seen_at < clock_timestamp() - interval '1 day'`;
}
