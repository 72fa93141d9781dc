import { Gauge } from 'prom-client';
import type { Core } from '../core.ts';
import type { Sql } from '../db/index.ts';

/** Figures of the whole installation and of this process that are read when somebody asks for them. */
export function registerFigures({ metrics, events, db, queue, log }: Core): void {
  /** One figure that cannot be read must not take the others with it. */
  const unread = (error: unknown): undefined => {
    log.debug({ err: error }, 'a figure could not be read');
  };

  metrics.gauge(
    'orrery_open_waits',
    'Requests that wait for a change in this process.',
    () => events.waits.openCount,
  );
  metrics.gauge('orrery_open_streams', 'Open event streams in this process.', () => events.streamCount);
  new Gauge({
    name: 'orrery_oldest_snapshot_seconds',
    help: 'Age of the oldest snapshot in the database: dead rows younger than it cannot be cleared away.',
    registers: [metrics.registry],
    async collect() {
      this.set((await readSnapshotAge(db.sql).catch(unread)) ?? Number.NaN);
    },
  });
  new Gauge({
    name: 'orrery_tasks',
    help: 'Background tasks that are not finished, by kind and state.',
    labelNames: ['kind', 'state'],
    registers: [metrics.registry],
    async collect() {
      this.reset();
      const kinds = await queue.counts().catch(unread);
      for (const { kind, waiting, running, later, dead } of kinds ?? []) {
        for (const [state, count] of Object.entries({ waiting, running, later, dead }))
          this.set({ kind, state }, count);
      }
    },
  });
}

/** Seconds since the oldest transaction that holds back vacuum began. */
async function readSnapshotAge(sql: Sql): Promise<number> {
  const [row] = await sql<{ seconds: number }[]>`
    select coalesce(extract(epoch from max(clock_timestamp() - xact_start)), 0)::float8 as seconds
    from pg_stat_activity where datname = current_database() and backend_xmin is not null and pid <> pg_backend_pid()`;
  return row?.seconds ?? 0;
}
