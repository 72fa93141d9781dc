import type { Db } from '../../../server/src/core/db/index.ts';
import { makeDocument } from '../../../server/src/panda/dispatch/document.ts';
import type { DocumentFile } from '../../../server/src/panda/dispatch/document-files.ts';

const shares = ['User Analysis', 'Production', 'User Analysis', 'Undefined'];

/**
 * Activated jobs `1` to `count`, evenly over `BENCH_0` to below `queues`, of three shares and 500 priorities. The first
 * `reach` of each queue and share, by priority and by age, have their dictionary: the others are never reached.
 */
export async function seedActivated(db: Db, count: number, queues: number, reach: number): Promise<void> {
  await db.transaction(async (tx) => {
    await tx`set local transaction_timeout = 0`;
    await tx`set local statement_timeout = 0`;
    await tx`alter table panda.job disable trigger user`;
    await tx`
      insert into panda.job (status, status_why, changed_by, name, queue, share, label, vo, owner, owner_account_id,
        task_id, priority, memory_mb, disk_mb, resource_type)
      select 'activated', 'seeded', 'bench', 'bench.' || n, 'BENCH_' || n % ${queues},
        (${shares}::text[])[1 + (n / ${queues}) % 4], case when (n / ${queues}) % 4 = 1 then 'managed' else 'user' end,
        'local', 'bench', n % 500, n / 1000, 1000 - (n * 7919::bigint) % 500, 1000 + n % 4 * 1000, 1000, 'SCORE'
      from generate_series(1, ${count}::integer) n`;
    await tx`
      insert into panda.job_spec (job_id, parameters, transformation, document)
      select job_id, 'x', 'x', jsonb_set(${documentText()}::text::jsonb, '{PandaID}', to_jsonb(job_id))::text
      from (select job_id, row_number() over (partition by queue, share order by priority desc, job_id) as place,
              row_number() over (partition by queue order by job_id) as age from panda.job) j
      where place <= ${reach} or age <= ${reach}`;
    await tx`
      insert into panda.tally (queue, share, label, resource_type, status, jobs, cores, hs06)
      select queue, share, label, resource_type, status, count(*), sum(cores), sum(hs06::double precision)
      from panda.job group by 1, 2, 3, 4, 5`;
    await tx`alter table panda.job enable trigger user`;
  });
  for (const table of ['panda.job', 'panda.job_spec']) await db.sql`vacuum (analyze) ${db.sql(table)}`;
  await db.sql`checkpoint`;
}

/** Of a job with two outputs and a log. */
function documentText(): string {
  const file = (type: DocumentFile['type'], name: string): DocumentFile => ({
    type,
    lfn: `user.bench.501.${name}`,
    scope: 'user.bench',
    dataset: `user.bench.501.${name}/`,
    guid: '0f1a2b3c-1111-4222-8333-444455556666',
    endpoint: 'LOCAL_DATADISK',
  });
  const document = makeDocument({
    job: {
      ...{ jobId: 1, taskId: 501, jobsetId: 77, requestId: 501, name: 'bench', attempt: 1, label: 'user' },
      ...{ processingType: 'bench', owner: 'bench', priority: 1000, cores: 1, memoryMb: 1000, diskMb: 1000 },
      ...{ cpuSeconds: 3600, walltimeSeconds: 3600, resourceType: 'SCORE' },
    },
    parameters: `-j "" --sourceURL http://panda.example.org:25443 -r . -p ${'x'.repeat(300)}`,
    transformation: 'http://panda.example.org:25443/trf/user/runGen-00-00-02',
    attributes: { cloud: 'LOCAL', destinationSE: 'LOCAL' },
    files: [file('output', 'a.root'), file('output', 'b.root'), file('log', 'log.tgz')],
  });
  return JSON.stringify(document);
}

/** Throws unless each of these jobs was sent once, has its history and its heartbeat, and no other was sent. */
export async function proveSent(db: Db, jobIds: readonly number[]): Promise<void> {
  const distinct = new Set(jobIds).size;
  if (distinct !== jobIds.length) throw new Error(`${jobIds.length} answers named ${distinct} jobs`);
  const [row] = await db.sql<{ sent: number; named: number; told: number; alive: number }[]>`
    select count(*)::integer as sent, count(named)::integer as named,
      count(*) filter (where exists (
        select from panda.job_history h where h.job_id = j.job_id and h.status = 'sent'))::integer as told,
      count(*) filter (where exists (select from panda.heartbeat b where b.job_id = j.job_id))::integer as alive
    from panda.job j left join unnest(${[...jobIds]}::bigint[]) named on named = j.job_id
    where j.status = 'sent' and j.sent_count = 1`;
  if (Object.values(row ?? {}).some((n) => n !== jobIds.length)) {
    throw new Error(`${jobIds.length} jobs were given, the database has ${JSON.stringify(row)}`);
  }
}
