import type { FeedEvent, UwsJob, UwsJobEvent, UwsJobFilter, UwsJobPage, UwsJobRow } from '@orrery/contracts';
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { get } from '../shared/api.ts';
import { onTopic } from '../shared/live.ts';
import { jobQuery } from './queries.ts';

const changedForMs = 1200;
/** More changes at once than this get only their phase, which the event carries; the rest would be a storm of calls. */
const fetchedAtOnce = 8;

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

export interface LiveRows {
  /** Ids of jobs that came into the view after the page was read. */
  newer: ReadonlySet<string>;
  changed: ReadonlySet<string>;
  forget(): void;
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

/**
 * Patches rows of a page in place and counts the jobs that came after it, so that nothing moves by itself. Only
 * the newest page of a view has newer ones to wait for.
 */
export function useLiveRows(queryKey: readonly unknown[], filter: UwsJobFilter, isNewest: boolean): LiveRows {
  const queryClient = useQueryClient();
  const [newer, setNewer] = useState<ReadonlySet<string>>(new Set());
  const [changed, setChanged] = useState<ReadonlySet<string>>(new Set());
  const spelled = JSON.stringify(queryKey);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is compared by value and holds the filter
  useEffect(() => {
    setNewer(new Set());
    const key = JSON.parse(spelled) as unknown[];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const leave = onTopic('uws.job', (events) => {
      const page = queryClient.getQueryData<UwsJobPage>(key);
      if (page === undefined) return;
      const known = new Set(page.rows.map((row) => row.id));
      const mine = events.filter((event) => known.has(event.key));
      const others = isNewest ? events.filter((event) => !known.has(event.key)) : [];
      if (others.length > 0) setNewer((before) => withArrivals(before, filter, others));
      if (mine.length === 0) return;
      patchPhases(queryClient, key, mine);
      setChanged(new Set(mine.map((event) => event.key)));
      clearTimeout(timer);
      timer = setTimeout(() => setChanged(new Set()), changedForMs);
      void patchWhole(queryClient, key, [...new Set(mine.map((event) => event.key))]);
    });
    return () => {
      clearTimeout(timer);
      leave();
    };
  }, [queryClient, spelled]);
  return { newer, changed, forget: () => setNewer(new Set()) };
}

function withArrivals(
  before: ReadonlySet<string>,
  filter: UwsJobFilter,
  events: readonly FeedEvent[],
): ReadonlySet<string> {
  const next = new Set(before);
  for (const { key, data } of events) {
    const moved = arrival(filter, data as UwsJobEvent);
    if (moved === 'in') next.add(key);
    if (moved === 'out') next.delete(key);
  }
  return next.size === before.size && [...next].every((key) => before.has(key)) ? before : next;
}

function patchPhases(queryClient: QueryClient, key: unknown[], events: FeedEvent[]): void {
  const phases = new Map(events.map((event) => [event.key, (event.data as UwsJobEvent).phase]));
  queryClient.setQueryData<UwsJobPage>(key, (page) =>
    page === undefined
      ? page
      : { ...page, rows: page.rows.flatMap((row) => patchedRow(row, phases.get(row.id))) },
  );
}

function patchedRow(row: UwsJobRow, phase: string | undefined): UwsJobRow[] {
  if (phase === undefined) return [row];
  if (phase === 'DELETED') return [];
  return [{ ...row, phase: phase as UwsJobRow['phase'] }];
}

/** Reads what an event does not carry (times, errors) for a few rows. */
async function patchWhole(queryClient: QueryClient, key: unknown[], ids: string[]): Promise<void> {
  if (ids.length > fetchedAtOnce) return;
  const jobs = await Promise.all(
    ids.map((id) => get<UwsJob>(`/api/uws/jobs/${encodeURIComponent(id)}`).catch(() => undefined)),
  );
  const byId = new Map(jobs.flatMap((job) => (job === undefined ? [] : [[job.id, job] as const])));
  for (const job of byId.values()) queryClient.setQueryData(jobQuery(job.id).queryKey, job);
  queryClient.setQueryData<UwsJobPage>(key, (page) =>
    page === undefined
      ? page
      : { ...page, rows: page.rows.map((row) => ({ ...row, ...pick(byId.get(row.id)) })) },
  );
}

function pick(job: UwsJob | undefined): Partial<UwsJobRow> {
  if (job === undefined) return {};
  const { phase, startedAt, endedAt, deadline, overdue, error, runId } = job;
  return { phase, startedAt, endedAt, deadline, overdue, error, runId };
}
