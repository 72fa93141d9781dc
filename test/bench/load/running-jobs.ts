import type { Db } from '../../../server/src/core/db/index.ts';
import { pilotFacts } from './pilot-call.ts';

/**
 * Jobs `1` to `count` in `running`, over 200 queues, each with a heartbeat, as they stand after hours: the triggers
 * are off while they are made, and the counters are set to what they would say.
 */
export async function seedRunning(db: Db, count: number): Promise<void> {
  const facts = JSON.stringify({ cpuConsumptionUnit: pilotFacts.cpuConsumptionUnit, cpuConversion: '1' });
  await db.transaction(async (tx) => {
    await tx`set local transaction_timeout = 0`;
    await tx`set local statement_timeout = 0`;
    await tx`alter table panda.job disable trigger user`;
    await tx`
      insert into panda.job (job_id, status, status_why, changed_by, name, queue, label, vo, owner, share, resource_type,
        node, scheduler_id, pilot_id, facts, sent_count, started_at)
      select n, 'running', 'seeded', 'bench', 'bench.' || n, 'BENCH_' || n % 200, 'user', 'local', 'bench',
        'User Analysis', 'SCORE', ${pilotFacts.node}, ${pilotFacts.schedulerID}, ${pilotFacts.pilotID},
        ${facts}::text::jsonb, 1, clock_timestamp()
      from generate_series(1, ${count}) n`;
    await tx`
      insert into panda.heartbeat (job_id, at, cores, max_rss_kb)
      select n, clock_timestamp() - interval '20 minutes', 1, 100 from generate_series(1, ${count}) n`;
    await tx`
      insert into panda.tally (queue, share, label, resource_type, status, jobs, cores, hs06)
      select queue, share, label, resource_type, status, count(*), sum(cores), sum(hs06::double precision)
      from panda.job group by 1, 2, 3, 4, 5`;
    await tx`alter table panda.job enable trigger user`;
    await tx`select setval('panda.job_id_seq', ${count})`;
  });
  for (const table of ['panda.job', 'panda.heartbeat']) await db.sql`vacuum (analyze) ${db.sql(table)}`;
  await db.sql`checkpoint`;
}

/** Bytes of the heartbeats on disk, with their index. */
export async function heartbeatBytes(db: Db): Promise<number> {
  const [row] = await db.sql<{ bytes: number }[]>`select pg_total_relation_size('panda.heartbeat') as bytes`;
  return row?.bytes ?? 0;
}

/** Reports that were stored, as the rows count them. */
export async function storedReports(db: Db): Promise<number> {
  const [row] = await db.sql<{ stored: number }[]>`select sum(reports) as stored from panda.heartbeat`;
  return row?.stored ?? 0;
}
