import type { Sql, Tx } from '../../core/db/index.ts';
import type { Job } from '../jobs/job.ts';

/**
 * Open datasets of jobs without a task to which nothing was added for a while (the Closer's rule: a minute to three days)
 * and for which no job is still at work. The newest job is looked at first: it is the likeliest to run.
 */
export async function closeComplete(sql: Sql | Tx, limit: number): Promise<number> {
  const rows = await sql`
    with quiet as (
      select d.dataset_id from panda.dataset d
      where d.state = 'open' and d.kind = 'dataset' and d.task_id is null
        and d.modified_at between clock_timestamp() - interval '3 days' and clock_timestamp() - interval '1 minute'
        and not exists (
          select from panda.file f where f.dataset in (d.name, d.name || '/') and f.type in ('output', 'log')
            and f.status in ('defined', 'unknown', 'merging', 'transferring'))
      order by d.dataset_id limit ${limit} for update skip locked)
    update panda.dataset d set state = 'closed' from quiet where d.dataset_id = quiet.dataset_id returning d.dataset_id`;
  return rows.length;
}

/** Jobs whose inputs have all arrived: every block they wait for is closed. Locked until `tx` ends. */
export async function lockArrived(tx: Tx, limit: number): Promise<Job[]> {
  return await tx<Job[]>`
    select j.* from panda.job j
    where j.status = 'assigned' and not exists (
      select from panda.file f left join panda.dataset d on d.name = f.attributes->>'dispatchDBlock'
      where f.job_id = j.job_id and f.type = 'input' and f.attributes->>'dispatchDBlock' not in ('', 'NULL')
        and coalesce(d.state, 'open') not in ('closed', 'frozen'))
    order by j.job_id limit ${limit} for update skip locked`;
}

/** Jobs whose outputs the adder has left on their way, and that have all arrived. */
export async function lockTransferred(tx: Tx, limit: number): Promise<Array<{ jobId: number }>> {
  return await tx<Array<{ jobId: number }>>`
    select j.job_id from panda.job j
    where j.status = 'transferring' and not j.set_by_pilot and not j.reported
      and exists (select from panda.file f where f.job_id = j.job_id and f.type in ('output', 'log'))
      and not exists (select from panda.output_report r where r.job_id = j.job_id)
      and not exists (
        select from panda.file f where f.job_id = j.job_id and f.type in ('output', 'log')
          and f.status not in ('ready', 'nooutput'))
    order by j.job_id limit ${limit} for update skip locked`;
}
