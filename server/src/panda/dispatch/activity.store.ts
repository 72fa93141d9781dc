import type { Sql } from '../../core/db/index.ts';
import type { JobFilter, JobRequest, Refusal } from './request.ts';

/** A request that got nothing, with what it came to; null where it was refused before. */
export type RefusedRequest = JobRequest & { filter: JobFilter | null };

/** What pilots of one queue did since it was last written down. */
export interface QueueActivity {
  queue: string;
  asked: number;
  given: number;
  refused: number;
  reports: number;
  askedAt?: Date | undefined;
  node?: string | null;
  givenAt?: Date | undefined;
  refusal?: { at: Date; node: string | null; why: Refusal; request: RefusedRequest } | undefined;
}

/**
 * Adds to the counters of the present five minutes. In the order of the queues, so that two processes never wait for
 * each other in a circle.
 */
export async function addActivity(sql: Sql, rows: readonly QueueActivity[]): Promise<void> {
  const listed = rows.map(({ refusal, ...row }) => ({
    ...row,
    refused_at: refusal?.at,
    refused_node: refusal?.node,
    refused_why: refusal?.why,
    refused_request: refusal?.request,
  }));
  await sql`
    with counted as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(listed)}::text::jsonb) as c (
        queue text, asked bigint, given bigint, refused bigint, reports bigint, "askedAt" timestamptz, node text,
        "givenAt" timestamptz, refused_at timestamptz, refused_node text, refused_why text, refused_request jsonb)
      order by queue),
    added as (
      insert into panda.queue_activity as known (queue, slot, asked, given, refused, reports)
      select queue, date_bin('5 minutes', clock_timestamp(), 'epoch'), asked, given, refused, reports from counted
      on conflict (queue, slot) do update set asked = known.asked + excluded.asked,
        given = known.given + excluded.given, refused = known.refused + excluded.refused,
        reports = known.reports + excluded.reports)
    insert into panda.queue_last_pilot as known
      (queue, asked_at, node, given_at, refused_at, refused_node, refused_why, refused_request)
    select queue, "askedAt", node, "givenAt", refused_at, refused_node, refused_why, refused_request
    from counted where "askedAt" is not null
    on conflict (queue) do update set asked_at = excluded.asked_at, node = excluded.node,
      given_at = coalesce(excluded.given_at, known.given_at),
      refused_at = coalesce(excluded.refused_at, known.refused_at),
      refused_node = case when excluded.refused_at is null then known.refused_node else excluded.refused_node end,
      refused_why = coalesce(excluded.refused_why, known.refused_why),
      refused_request = coalesce(excluded.refused_request, known.refused_request)`;
}

/** Sums of the counters of a queue since `since`. */
export interface ActivitySum {
  queue: string;
  asked: number;
  given: number;
  refused: number;
  reports: number;
}

/** Of every queue that pilots asked or reported for since then, or of one. */
export function sumActivity(sql: Sql, since: Date, queue: string | null = null): Promise<ActivitySum[]> {
  return sql<ActivitySum[]>`
    select queue, sum(asked)::bigint as asked, sum(given)::bigint as given, sum(refused)::bigint as refused,
      sum(reports)::bigint as reports
    from panda.queue_activity where slot >= ${since} and (${queue}::text is null or queue = ${queue})
    group by queue order by queue`;
}

/** The last pilots of a queue. */
export interface LastPilot {
  queue: string;
  askedAt: Date | null;
  node: string | null;
  givenAt: Date | null;
  refusedAt: Date | null;
  refusedNode: string | null;
  refusedWhy: Refusal | null;
  refusedRequest: RefusedRequest | null;
}

export function listLastPilots(sql: Sql, queue: string | null = null): Promise<LastPilot[]> {
  return sql<LastPilot[]>`
    select queue, asked_at, node, given_at, refused_at, refused_node, refused_why, refused_request
    from panda.queue_last_pilot where ${queue}::text is null or queue = ${queue} order by queue`;
}
