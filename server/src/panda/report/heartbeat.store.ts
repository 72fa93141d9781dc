import type { Sql } from '../../core/db/index.ts';
import { figureColumns } from './figures.ts';
import type { Report } from './report.ts';

/** What a heartbeat learned of its job in the round trip that stored it. */
interface Beat {
  jobId: number;
  queue: string;
  command: string | null;
  debug: boolean;
}

const names = figureColumns.map(({ column }) => column);
const declared = figureColumns.map(({ column, type }) => `${column} ${type}`).join(', ');
const listed = names.join(', ');
const taken = names.map((name) => `g.${name}`).join(', ');
const merged = names.map((name) => `${name} = coalesce(excluded.${name}, h.${name})`).join(', ');
const news = names.map(
  (name) => `g.${name} <> known.${name} or (known.${name} is null and g.${name} is not null)`,
);

/** Figures as a row for the database; absent ones are left out. */
function rowOf(report: Report): Record<string, unknown> {
  const { jobMetrics, figures, jobId } = report;
  return { job_id: jobId, ...figures, ...(jobMetrics === null ? {} : { job_metrics: jobMetrics }) };
}

/**
 * Heartbeats of running jobs that say nothing new of the job itself: one statement stores the figures and reads the
 * commands. Jobs that are missing in the answer need the whole rules. The job's row is not written, and neither is an
 * event; what changes nothing but the time is stored once a minute. At most one report of a job.
 */
export function beatHearts(sql: Sql, reports: readonly Report[]): Promise<Beat[]> {
  const rows = JSON.stringify(
    reports.map((report) => ({
      ...rowOf(report),
      attempt: report.attempt,
      vos: report.vos,
      node: report.node,
      scheduler_id: report.schedulerId,
      pilot_id: report.pilotId,
      batch_id: report.batchId,
      sub_status: report.subStatus,
      facts: Object.keys(report.facts).length === 0 ? null : report.facts,
    })),
  );
  return sql<Beat[]>`
    with g as materialized (
      select g.*, j.queue, j.command, j.debug, known.job_id is null or known.at < clock_timestamp() - interval '1 minute'
          or ${sql.unsafe(news.join(' or '))} as is_new
      from json_to_recordset(${rows}::text::json) as g (job_id bigint, attempt integer, vos text[], node text,
        scheduler_id text, pilot_id text, batch_id text, sub_status text, facts jsonb, ${sql.unsafe(declared)})
      join panda.job j using (job_id) left join panda.heartbeat known using (job_id)
      where j.status = 'running' and coalesce(g.attempt, j.attempt) = j.attempt
        and (g.vos is null or j.vo is null or j.vo = any(g.vos))
        and (g.node is null or g.node = j.node) and (g.scheduler_id is null or g.scheduler_id = j.scheduler_id)
        and (g.pilot_id is null or g.pilot_id = j.pilot_id) and (g.batch_id is null or g.batch_id = j.batch_id)
        and (g.sub_status is null or g.sub_status = j.sub_status)
        and (g.facts is null or j.facts @> g.facts)),
    stored as (
      insert into panda.heartbeat as h (job_id, at, ${sql.unsafe(listed)})
      select g.job_id, clock_timestamp(), ${sql.unsafe(taken)} from g where g.is_new order by g.job_id
      on conflict (job_id) do update set at = excluded.at, reports = h.reports + 1, ${sql.unsafe(merged)})
    select job_id, queue, command, debug from g`;
}

/** Stores the figures of reports whose jobs the caller has locked. At most one report of a job. */
export async function storeFigures(sql: Sql, reports: readonly Report[]): Promise<void> {
  if (reports.length === 0) return;
  await sql`
    insert into panda.heartbeat as h (job_id, at, ${sql.unsafe(listed)})
    select g.job_id, clock_timestamp(), ${sql.unsafe(taken)}
    from json_to_recordset(${JSON.stringify(reports.map(rowOf))}::text::json)
      as g (job_id bigint, ${sql.unsafe(declared)}) order by g.job_id
    on conflict (job_id) do update set at = excluded.at, reports = h.reports + 1, ${sql.unsafe(merged)}`;
}
