import type { Db } from '../../../server/src/core/db/index.ts';

/** Files of the jobs with these numbers: an output and a log, as the pilots of `pilot-day.ts` report them. */
export async function seedFiles(db: Db, from: number, to: number): Promise<void> {
  await db.sql`
    insert into panda.file (job_id, ordinal, type, lfn, scope, dataset, guid, status, endpoint)
    select n, o, case o when 0 then 'output' else 'log' end, case o when 0 then 'out.' else 'log.' end || n,
      'user.bench', 'user.bench.' || n / 1000 || case o when 0 then '.out' else '.log' end,
      'AE456CCA-812C-4E59-BF50-EED4F8BF60D5', 'defined', 'LOCAL_DATADISK'
    from generate_series(${from}::bigint, ${to}::bigint) n, generate_series(0, 1) o`;
}

/** Jobs that wait for pilots, behind those there are, evenly over the queues, with their dictionaries. */
export async function seedActivated(db: Db, after: number, count: number, queues: number): Promise<void> {
  const document = JSON.stringify({
    transformation: 'http://panda.example.org:25443/trf/user/runGen-00-00-02',
    jobPars: `-j "" --sourceURL http://panda.example.org:25443 -r . ${'x'.repeat(600)}`,
    prodSourceLabel: 'user',
    coreCount: 1,
    minRamCount: 100,
  });
  await db.transaction(async (tx) => {
    await tx`set local transaction_timeout = 0`;
    await tx`alter table panda.job disable trigger user`;
    await tx`
      insert into panda.job (job_id, status, status_why, changed_by, name, queue, label, vo, owner, share, resource_type)
      select n, 'activated', 'seeded', 'bench', 'bench.' || n, 'BENCH_' || n % ${queues}, 'user', 'local', 'bench',
        'User Analysis', 'SCORE'
      from generate_series(${after + 1}::bigint, ${after + count}::bigint) n`;
    await tx`
      insert into panda.job_spec (job_id, parameters, transformation, document)
      select n, 'x', 'http://panda.example.org:25443/trf/user/runGen-00-00-02',
        (${document}::text::jsonb || jsonb_build_object('PandaID', n, 'jobName', 'bench.' || n))::text
      from generate_series(${after + 1}::bigint, ${after + count}::bigint) n`;
    await tx`
      insert into panda.tally (queue, share, label, resource_type, status, jobs, cores, hs06)
      select queue, share, label, resource_type, status, count(*), sum(cores), sum(hs06::double precision)
      from panda.job where status = 'activated' group by 1, 2, 3, 4, 5`;
    await tx`alter table panda.job enable trigger user`;
    await tx`select setval('panda.job_id_seq', ${after + count})`;
  });
  await db.sql`vacuum (analyze) panda.job`;
}
