import type { PandaJobRow, PandaMainError } from '@orrery/contracts/panda';
import type { Job } from '../jobs/job.ts';
import type { WatchSettings } from '../watch/limits.ts';
import { deadlineOf, isOverdue } from './deadlines.ts';
import { errorMeaning } from './error-meanings.ts';
import type { JobRow } from './job-list.store.ts';

/** As lists have room for. */
const shownDiag = 500;

/** A row as the pages get it. */
export function apiRow(row: JobRow, settings: WatchSettings, now: Date): PandaJobRow {
  return {
    id: row.jobId,
    name: row.name,
    status: row.status,
    statusSince: row.statusSince.toISOString(),
    subStatus: row.subStatus,
    task: row.taskId,
    queue: row.queue,
    owner: row.owner,
    vo: row.vo,
    workingGroup: row.workingGroup,
    label: row.label,
    processingType: row.processingType,
    share: row.share,
    resourceType: row.resourceType,
    cores: row.cores,
    priority: row.priority,
    attempt: row.attempt,
    maxAttempt: row.maxAttempt,
    node: row.node,
    createdAt: row.createdAt.toISOString(),
    startedAt: instantOrNull(row.startedAt),
    endedAt: instantOrNull(row.endedAt),
    modifiedAt: row.modifiedAt.toISOString(),
    deadline: instantOrNull(deadlineOf(row, settings)?.at ?? null),
    overdue: isOverdue(row, settings, now),
    error: mainError(row),
  };
}

export function instantOrNull(at: Date | null): string | null {
  return at === null ? null : at.toISOString();
}

export function mainError(job: Pick<Job, 'errorSource' | 'errorCode' | 'errors'>): PandaMainError | null {
  const { errorSource: source, errorCode: code } = job;
  if (source === null || code === null) return null;
  const diag = job.errors?.[source]?.diag ?? '';
  return { source, code, meaning: errorMeaning(source, code), diag: diag.slice(0, shownDiag) };
}
