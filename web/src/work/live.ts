import type { FeedEvent, PandaJob, PandaJobEvent, PandaJobFilter, PandaJobRow } from '@orrery/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { get } from '../shared/api.ts';
import { onTopic } from '../shared/live.ts';
import type { LiveList } from '../shared/live-rows.ts';
import { jobPath, jobQuery } from './queries.ts';

export const jobTopic = 'panda.job';

/** Keeps one job page fresh: asks anew when an event names the job. */
export function useLiveJob(id: string): void {
  const queryClient = useQueryClient();
  useEffect(
    () =>
      onTopic(jobTopic, (events) => {
        if (!events.some((event) => event.key === id)) return;
        void queryClient.invalidateQueries({ queryKey: ['panda', 'job', id] });
        void queryClient.invalidateQueries({ queryKey: ['panda', 'job-why', id] });
      }),
    [queryClient, id],
  );
}

/** Filters whose fields an event carries; with any other one nothing is known of jobs that are not on the page. */
const tellable = new Set(['status', 'queue', 'task']);

/**
 * What an event of a job that is not on the page says. Ids grow: without a choice of states only jobs above the
 * first row are new, all others stand on another page.
 */
export function arrival(
  filter: PandaJobFilter,
  { key, data }: Pick<FeedEvent, 'key' | 'data'>,
  newest: number | undefined,
): 'in' | 'out' | 'neither' {
  const { status, queue, task } = data as PandaJobEvent;
  if (Object.keys(filter).some((name) => !tellable.has(name))) return 'neither';
  if (filter.queue !== undefined && filter.queue !== queue) return 'neither';
  if (filter.task !== undefined && filter.task !== task) return 'neither';
  if (filter.status !== undefined) return filter.status.includes(status) ? 'in' : 'out';
  return Number(key) > (newest ?? 0) ? 'in' : 'neither';
}

/** How a list of jobs follows their events. */
export const liveJobs = (filter: PandaJobFilter): LiveList<PandaJobRow> => ({
  topic: jobTopic,
  keyOf: (row) => String(row.id),
  arrival: (event, rows) => arrival(filter, event, rows[0]?.id),
  after(row, { data, at }) {
    const { status, queue } = data as PandaJobEvent;
    return { ...row, status, queue, statusSince: at, modifiedAt: at, overdue: false };
  },
  async reread(key, queryClient) {
    const job = await get<PandaJob>(jobPath(key));
    queryClient.setQueryData(jobQuery(key).queryKey, job);
    const { status, statusSince, subStatus, queue, attempt, priority, node, modifiedAt } = job;
    const { startedAt, endedAt, deadline, overdue, error } = job;
    return {
      ...{ status, statusSince, subStatus, queue, attempt, priority, node, modifiedAt },
      ...{ startedAt, endedAt, deadline, overdue, error },
    };
  },
});
