import type { Tx } from '../../core/db/index.ts';

/** A task as rules find it and leave it. */
export interface TaskState {
  taskId: number;
  splitRule: string;
  /** By the wire names of the reference: cpuTime, cpuTimeUnit, baseWalltime … */
  attributes: Readonly<Record<string, unknown>>;
  /** One of its jobs, other than a build, has finished. */
  hasFinished: boolean;
}

/** Of so many jobs of a task it is looked whether one has finished, the last ones first. */
const looksAt = 5000;

/** Locks tasks in the order of their ids, so that two transactions never wait for each other crosswise. */
export async function lockTasks(tx: Tx, taskIds: readonly number[]): Promise<Map<number, TaskState>> {
  if (taskIds.length === 0) return new Map();
  const rows = await tx<TaskState[]>`
    with locked as materialized (
      select task_id, split_rule, attributes from panda.task where task_id = any(${[...taskIds]}::bigint[])
      order by task_id for update)
    select locked.*, exists (
      select from (
        select job_id, status from panda.job_archive a where a.task_id = locked.task_id
        order by job_id desc limit ${looksAt}) last
      where last.status = 'finished' and (
        select transformation not like '%build%' from panda.job_spec s where s.job_id = last.job_id)) as has_finished
    from locked`;
  return new Map(rows.map((row) => [row.taskId, row]));
}

/** Writes split rules and attributes of tasks that the transaction has locked. */
export async function storeTasks(tx: Tx, tasks: readonly TaskState[]): Promise<void> {
  if (tasks.length === 0) return;
  const rows = tasks.map(({ taskId, splitRule, attributes }) => ({ taskId, splitRule, attributes }));
  await tx`
    update panda.task t set split_rule = n."splitRule", attributes = n.attributes, modified_at = clock_timestamp()
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
      as n ("taskId" bigint, "splitRule" text, attributes jsonb)
    where t.task_id = n."taskId"`;
}

/** What jobs had of the main input of their tasks; secondary input follows it. */
export interface InputSize {
  files: number;
  bytes: number;
  events: number;
}

export const noInput: InputSize = { files: 0, bytes: 0, events: 0 };

/** The main input by job id; jobs that have none of a task are left out. */
export async function readInputs(tx: Tx, jobIds: readonly number[]): Promise<Map<number, InputSize>> {
  if (jobIds.length === 0) return new Map();
  const rows = await tx<Array<InputSize & { jobId: number }>>`
    select f.job_id, count(*)::int as files, coalesce(sum(coalesce(f.size_bytes, t.size_bytes)), 0)::float8 as bytes,
      -- A file may be cut into ranges of events, both ends included.
      coalesce(sum(case when t.end_event > t.start_event then t.end_event - t.start_event + 1
        else coalesce(t.n_events, f.n_events, 0) end), 0)::float8 as events
    from panda.file f
    join panda.task_file t on t.task_dataset_id = f.task_dataset_id and t.task_file_id = f.task_file_id
    join panda.task_dataset d on d.task_dataset_id = t.task_dataset_id
    where f.job_id = any(${[...jobIds]}::bigint[]) and f.type in ('input', 'pseudo_input') and d.master_id is null
    group by f.job_id`;
  return new Map(rows.map(({ jobId, ...size }) => [jobId, size]));
}
