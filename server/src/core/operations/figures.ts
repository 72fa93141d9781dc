import { Gauge } from 'prom-client';
import type { Core } from '../core.ts';

/** Figures of the whole installation and of this process that are read when somebody asks for them. */
export function registerFigures({ metrics, events, db, queue }: Core): void {
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
      const [row] = await db.sql<{ seconds: number }[]>`
        select coalesce(extract(epoch from max(clock_timestamp() - xact_start)), 0)::float8 as seconds
        from pg_stat_activity where datname = current_database() and backend_xmin is not null and pid <> pg_backend_pid()`;
      this.set(row?.seconds ?? 0);
    },
  });
  new Gauge({
    name: 'orrery_tasks',
    help: 'Background tasks that are not finished, by kind and state.',
    labelNames: ['kind', 'state'],
    registers: [metrics.registry],
    async collect() {
      this.reset();
      for (const { kind, waiting, running, later, dead } of await queue.counts()) {
        for (const [state, count] of Object.entries({ waiting, running, later, dead }))
          this.set({ kind, state }, count);
      }
    },
  });
}
