import { statfs } from 'node:fs/promises';
import type { HealthCheck } from '../module.ts';

const database: HealthCheck = {
  name: 'database',
  async check({ db }) {
    const started = performance.now();
    const [row] = await db.sql<{ oldestSeconds: number }[]>`
      select coalesce(extract(epoch from max(clock_timestamp() - xact_start)), 0)::float8 as oldest_seconds
      from pg_stat_activity where datname = current_database() and backend_xmin is not null and pid <> pg_backend_pid()`;
    const ms = Math.round(performance.now() - started);
    const oldest = Math.round(row?.oldestSeconds ?? 0);
    if (oldest > 300) {
      return {
        state: 'partial',
        message: `A transaction has been open for ${oldest} s; dead rows cannot be cleared away meanwhile.`,
        next: 'Find it in pg_stat_activity and end it.',
      };
    }
    return { state: 'good', message: `answers in ${ms} ms, oldest snapshot ${oldest} s` };
  },
};

const disk: HealthCheck = {
  name: 'disk',
  async check({ config }) {
    const { bavail, blocks, bsize } = await statfs(config.data);
    const freeMb = Math.round((bavail * bsize) / 1e6);
    const percent = (100 * bavail) / blocks;
    const { minFreeMb, minFreePercent } = config.files;
    const free = freeMb < 10_000 ? `${freeMb} MB` : `${Math.round(freeMb / 1000)} GB`;
    const message = `${free} free (${percent.toFixed(0)} %) in ${config.data}`;
    if (freeMb < minFreeMb || percent < minFreePercent) {
      return {
        state: 'bad',
        message: `${message}: new files are refused.`,
        next: 'Free some space, or move the data folder.',
      };
    }
    return { state: freeMb < 2 * minFreeMb ? 'partial' : 'good', message };
  },
};

const isolation: HealthCheck = {
  name: 'local jobs',
  async check({ compute }) {
    const [local] = await compute.backends();
    if (local === undefined) return { state: 'good', message: 'no local backend in this process' };
    if (local.isolation === 'none') {
      return {
        state: 'bad',
        message: `isolation: none. ${local.why}`,
        next: 'Run the server as root or allow user namespaces; until then only an administrator may run jobs here.',
      };
    }
    return { state: 'good', message: `isolated by ${local.isolation}, ${local.slots} at a time` };
  },
};

const eventLoop: HealthCheck = {
  name: 'event loop',
  async check({ db }) {
    const [row] = await db.sql<{ delay: number }[]>`
      select coalesce(max(loop_delay_p99_ms), 0) as delay from core.process where seen_at > clock_timestamp() - interval '20 seconds'`;
    const delay = Math.round(row?.delay ?? 0);
    if (delay > 200)
      return {
        state: 'partial',
        message: `delayed by ${delay} ms (p99)`,
        next: 'Add a process, or look for work that belongs in a worker thread.',
      };
    return { state: 'good', message: `delayed by ${delay} ms (p99)` };
  },
};

export const coreHealth: readonly HealthCheck[] = [database, disk, isolation, eventLoop];
