import type { Sql } from '../../core/db/index.ts';
import { byOwners } from '../api/job-filter.ts';
import type { Owners } from '../api/owners.ts';
import { inSight, type Sight } from '../api/sight.ts';

export interface TaskRow {
  taskId: number;
  parentId: number | null;
  name: string;
  status: string;
  superStatus: string;
  owner: string;
  ownerAccountId: number | null;
  label: string;
  vo: string | null;
  workingGroup: string | null;
  type: string;
  processingType: string | null;
  campaign: string | null;
  priority: number;
  share: string | null;
  queue: string | null;
  requestId: number | null;
  splitRule: string;
  errorDialog: string | null;
  createdAt: Date;
  modifiedAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
}

export interface TaskFilter {
  sight: Sight;
  taskId?: number;
  /** Pattern of LIKE. */
  name?: string;
  owners?: Owners;
  status?: string;
  type?: string;
  modifiedAfter?: Date;
}

/** Newest first. */
export function listTasks(sql: Sql, filter: TaskFilter, limit: number): Promise<TaskRow[]> {
  const { sight, taskId, name, owners, status, type, modifiedAfter } = filter;
  const parts = [
    ...(taskId === undefined ? [] : [sql`task_id = ${taskId}`]),
    ...(name === undefined ? [] : [sql`name like ${name}`]),
    ...(owners === undefined ? [] : [byOwners(sql, owners)]),
    ...(status === undefined ? [] : [sql`status = ${status}`]),
    ...(type === undefined ? [] : [sql`type = ${type}`]),
    ...(modifiedAfter === undefined ? [] : [sql`modified_at >= ${modifiedAfter}`]),
  ].reduce((all, part) => sql`${all} and ${part}`, inSight(sql, sight));
  return sql<TaskRow[]>`
    select task_id, parent_id, name, status, super_status, owner, owner_account_id, label, vo, working_group, type,
      processing_type, campaign, priority, share, queue, request_id, split_rule, error_dialog, created_at, modified_at,
      started_at, ended_at
    from panda.task where ${parts} order by task_id desc limit ${limit}`;
}

export interface TaskDatasetRow {
  taskDatasetId: number;
  name: string;
  container: string | null;
  type: string;
  status: string;
  nFiles: number;
  nFilesToBeUsed: number;
  nFilesUsed: number;
  nFilesFinished: number;
  nFilesFailed: number;
  nFilesOnHold: number;
  nEvents: number;
  nEventsUsed: number;
}

export function listTaskDatasets(sql: Sql, taskId: number): Promise<TaskDatasetRow[]> {
  return sql<TaskDatasetRow[]>`
    select task_dataset_id, name, container, type, status, n_files, n_files_to_be_used, n_files_used, n_files_finished,
      n_files_failed, n_files_on_hold, n_events, n_events_used
    from panda.task_dataset where task_id = ${taskId} order by task_dataset_id limit 1000`;
}

/** Jobs of a task by state; counted along the indexes of tasks. */
export async function countTaskJobs(sql: Sql, taskId: number): Promise<Record<string, number>> {
  const rows = await sql<{ status: string; jobs: number }[]>`
    select status, count(*)::int as jobs from (
      select status from panda.job where task_id = ${taskId}
      union all select status from panda.job_archive where task_id = ${taskId}) jobs
    group by status order by status`;
  return Object.fromEntries(rows.map(({ status, jobs }) => [status, jobs]));
}
