import type { UwsJob, UwsJobEvent, UwsJobFilter, UwsJobRow } from '@orrery/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { get } from '../shared/api.ts';
import { onTopic } from '../shared/live.ts';
import type { LiveList } from '../shared/live-rows.ts';
import { jobQuery } from './queries.ts';

/** Keeps one job page fresh: asks anew when an event names the job. */
export function useLiveJob(id: string): void {
  const queryClient = useQueryClient();
  useEffect(
    () =>
      onTopic('uws.job', (events) => {
        if (!events.some((event) => event.key === id)) return;
        void queryClient.invalidateQueries({ queryKey: ['uws', 'job', id] });
        void queryClient.invalidateQueries({ queryKey: ['uws', 'why', id] });
      }),
    [queryClient, id],
  );
}

/** Whether an event concerns the view; parts of a run id are not known from it. */
function fits(filter: UwsJobFilter, { definition, ownerId }: UwsJobEvent): boolean {
  return (
    (filter.definition === undefined || filter.definition === definition) &&
    (filter.owner === undefined || filter.owner === ownerId)
  );
}

/**
 * What an event of a job that is not on the page says: it came into the view, it left it, or neither. Without a
 * choice of phases only jobs just made are new; all others stand on another page.
 */
export function arrival(filter: UwsJobFilter, event: UwsJobEvent): 'in' | 'out' | 'neither' {
  if (!fits(filter, event)) return 'neither';
  if (event.phase === 'DELETED' || event.phase === 'ARCHIVED') return 'out';
  if (filter.phase !== undefined) return (filter.phase as string[]).includes(event.phase) ? 'in' : 'out';
  return event.phase === 'PENDING' ? 'in' : 'neither';
}

/** How a list of jobs follows their events. */
export const liveJobs = (filter: UwsJobFilter): LiveList<UwsJobRow> => ({
  topic: 'uws.job',
  keyOf: (row) => row.id,
  arrival: ({ data }) => arrival(filter, data as UwsJobEvent),
  after(row, { data }) {
    const { phase } = data as UwsJobEvent;
    return phase === 'DELETED' ? undefined : { ...row, phase: phase as UwsJobRow['phase'] };
  },
  async reread(id, queryClient) {
    const job = await get<UwsJob>(`/api/uws/jobs/${encodeURIComponent(id)}`);
    queryClient.setQueryData(jobQuery(job.id).queryKey, job);
    const { phase, startedAt, endedAt, deadline, overdue, error, runId } = job;
    return { phase, startedAt, endedAt, deadline, overdue, error, runId };
  },
});
