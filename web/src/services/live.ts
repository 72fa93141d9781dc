import type { FeedEvent, UwsJob, UwsJobEvent, UwsJobPage, UwsJobRow } from '@orrery/contracts';
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
  /** Ids of jobs that are newer than the page. */
  newer: ReadonlySet<string>;
  changed: ReadonlySet<string>;
  forget(): void;
}

/** Patches rows of a page in place and counts the jobs that came after it, so that nothing moves by itself. */
export function useLiveRows(queryKey: readonly unknown[], fits: (event: UwsJobEvent) => boolean): LiveRows {
  const queryClient = useQueryClient();
  const [newer, setNewer] = useState<ReadonlySet<string>>(new Set());
  const [changed, setChanged] = useState<ReadonlySet<string>>(new Set());
  const spelled = JSON.stringify(queryKey);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is compared by value, `fits` is made anew each time
  useEffect(() => {
    setNewer(new Set());
    const key = JSON.parse(spelled) as unknown[];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const leave = onTopic('uws.job', (events) => {
      const page = queryClient.getQueryData<UwsJobPage>(key);
      if (page === undefined) return;
      const known = new Set(page.rows.map((row) => row.id));
      const mine = events.filter((event) => known.has(event.key));
      const fresh = events.filter(
        (event) => !known.has(event.key) && isNew(event) && fits(event.data as UwsJobEvent),
      );
      if (fresh.length > 0) setNewer((before) => new Set([...before, ...fresh.map((event) => event.key)]));
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

const isNew = (event: FeedEvent) =>
  ['PENDING', 'QUEUED', 'EXECUTING'].includes((event.data as UwsJobEvent).phase);

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
