import type { Db } from '../../server/src/core/db/index.ts';
import { percentile } from '../bench/report.ts';

/** What PostgreSQL was busy with at one moment of a run. */
export interface Moment {
  /** Seconds since the beginning. */
  at: number;
  /** What backends waited for, with how many did: `LWLock:WALWrite 3`. */
  waits: string;
  /** Background work: checkpoints under way, tables being vacuumed or analysed. */
  background: string;
  /** The longest statement running then, milliseconds, and its beginning. */
  longestMs: number;
  longest: string;
}

/** Looks at PostgreSQL twice a second until it is told to stop; the moments are what it saw. */
export function watchDatabase(db: Db): { stop(): Promise<Moment[]> } {
  const moments: Moment[] = [];
  const began = performance.now();
  let running = true;
  const watching = (async () => {
    while (running) {
      const [row] = await db.sql<Omit<Moment, 'at'>[]>`
        with a as (select * from pg_stat_activity where pid <> pg_backend_pid() and state = 'active')
        select
          coalesce((select string_agg(event || ' ' || n, ', ' order by n desc) from (
            select wait_event_type || ':' || wait_event as event, count(*) as n from a
            where backend_type = 'client backend' and wait_event is not null group by 1) w), '') as waits,
          coalesce((select string_agg(left(regexp_replace(query, '\\s+', ' ', 'g'), 60), ', ')
            from a where backend_type <> 'client backend' and query <> ''), '')
            || coalesce((select ' checkpointer:' || wait_event from pg_stat_activity
              where backend_type = 'checkpointer' and wait_event not in ('CheckpointerMain')), '') as background,
          coalesce((select max(1000 * extract(epoch from clock_timestamp() - query_start)) from a
            where backend_type = 'client backend'), 0)::float8 as longest_ms,
          coalesce((select left(regexp_replace(query, '\\s+', ' ', 'g'), 90) from a
            where backend_type = 'client backend' order by query_start limit 1), '') as longest`;
      if (row !== undefined) moments.push({ at: (performance.now() - began) / 1000, ...row });
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  })();
  return {
    async stop() {
      running = false;
      await watching;
      return moments;
    },
  };
}

interface Calls {
  ms: readonly number[];
  at: readonly number[];
}

/** The seconds in which calls took longest, the worst first, each with what the database was busy with. */
export function worstSeconds(calls: readonly Calls[], moments: readonly Moment[], most = 12): string[] {
  const bySecond = new Map<number, number[]>();
  for (const { ms, at } of calls)
    for (const [n, second] of at.entries()) {
      const key = Math.floor(second);
      bySecond.set(key, [...(bySecond.get(key) ?? []), ms[n] ?? 0]);
    }
  return [...bySecond]
    .map(([second, took]) => ({ second, p95: percentile(took, 0.95), calls: took.length }))
    .sort((a, b) => b.p95 - a.p95)
    .slice(0, most)
    .map(({ second, p95, calls: n }) => {
      const seen = moments.filter(({ at }) => at >= second - 0.5 && at < second + 1);
      const words = seen.map(({ waits, background, longest, longestMs }) =>
        [waits, background, longestMs > 50 ? `${Math.round(longestMs)} ms: ${longest}` : '']
          .filter((word) => word !== '')
          .join(' | '),
      );
      return `second ${second}: p95 ${Math.round(p95)} ms of ${n} calls; ${[...new Set(words)].join(' // ')}`;
    });
}
