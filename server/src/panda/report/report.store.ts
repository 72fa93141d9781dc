import type { Tx } from '../../core/db/index.ts';
import type { JobErrors } from '../jobs/job.ts';
import type { JobState } from '../states.ts';
import type { Report } from './report.ts';
import type { HeldJob } from './rules.ts';

/** Locks the live ones of these jobs, in the order of their numbers, until `tx` ends. */
export async function lockJobs(tx: Tx, jobIds: readonly number[]): Promise<Map<number, HeldJob>> {
  const jobs = await tx<HeldJob[]>`
    select job_id, queue, status, attempt, vo, command, debug, batch_id, set_by_pilot, errors
    from panda.job where job_id = any(${[...jobIds]}::bigint[]) order by job_id for update`;
  return new Map(jobs.map((job) => [job.jobId, job]));
}

/** What a report changes of its job's row. Null keeps what is there. */
export interface JobChange {
  report: Report;
  /** The state before and after. */
  from: JobState;
  status: JobState;
  why: string;
  isFinal: boolean;
  setByPilot: boolean;
  errors: JobErrors | null;
}

/**
 * Changes the rows of locked jobs. A final report also renews the time of the state, so that no watchdog takes the
 * job for forgotten. The start is that of the first `running`, the end that of the first `holding`, unless the pilot
 * gave them (panda-server 1.0.3).
 */
export async function updateJobs(tx: Tx, changes: readonly JobChange[]): Promise<void> {
  if (changes.length === 0) return;
  const rows = changes.map(({ report, from, status, why, isFinal, setByPilot, errors }) => ({
    job_id: report.jobId,
    status,
    why,
    by: report.by,
    is_final: isFinal,
    set_by_pilot: setByPilot,
    errors,
    node: report.node,
    scheduler_id: report.schedulerId,
    pilot_id: report.pilotId,
    batch_id: report.batchId,
    sub_status: report.subStatus,
    started_at: report.startedAt,
    ended_at: report.endedAt,
    begins: status === 'running' && (from === 'sent' || from === 'starting'),
    ends: status === 'holding' || (status === 'transferring' && from === 'running'),
    facts: report.facts,
  }));
  await tx`
    update panda.job j set status = c.status,
      status_since = case when c.status <> j.status or c.is_final then clock_timestamp() else j.status_since end,
      status_why = case when c.status <> j.status then c.why else j.status_why end,
      changed_by = case when c.status <> j.status then c.by else j.changed_by end,
      modified_at = clock_timestamp(),
      reported = j.reported or c.is_final, set_by_pilot = c.set_by_pilot,
      errors = c.errors, (error_source, error_code) = (select source, code from panda.main_error(c.errors)),
      node = coalesce(c.node, j.node), scheduler_id = coalesce(c.scheduler_id, j.scheduler_id),
      pilot_id = coalesce(c.pilot_id, j.pilot_id), batch_id = coalesce(c.batch_id, j.batch_id),
      sub_status = coalesce(c.sub_status, j.sub_status), facts = nullif(coalesce(j.facts, '{}') || c.facts, '{}'),
      started_at = coalesce(c.started_at, case when c.begins then clock_timestamp() else j.started_at end),
      ended_at = coalesce(c.ended_at, j.ended_at, case when c.ends then clock_timestamp() end)
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as c (job_id bigint, status text, why text, by text,
      is_final boolean, set_by_pilot boolean, errors jsonb, node text, scheduler_id text, pilot_id text, batch_id text,
      sub_status text, started_at timestamptz, ended_at timestamptz, begins boolean, ends boolean, facts jsonb)
    where j.job_id = c.job_id`;
}

/** Another batch job claims these jobs: an error of theirs, and nothing else. */
export async function noteMismatches(tx: Tx, reports: readonly Report[]): Promise<void> {
  if (reports.length === 0) return;
  const rows = reports.map(({ jobId, batchId }) => ({ job_id: jobId, batch_id: batchId }));
  await tx`
    update panda.job j set errors = coalesce(j.errors, '{}') || made.error, modified_at = clock_timestamp(),
      (error_source, error_code) = (select source, code from panda.main_error(coalesce(j.errors, '{}') || made.error))
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as c (job_id bigint, batch_id text),
      lateral (select jsonb_build_object('sup', jsonb_build_object('code', 1, 'diag',
        'got an update request with invalid batchID=' || replace(c.batch_id, E'\n', ''))) as error) made
    where j.job_id = c.job_id`;
}

/** Keeps the texts that came with reports; a text of the same kind is replaced. */
export async function storeTexts(tx: Tx, reports: readonly Report[]): Promise<void> {
  const texts = reports.flatMap(({ jobId, metadata, pilotLog }) => [
    ...(metadata === null ? [] : [{ job_id: jobId, kind: 'metadata', content: metadata }]),
    ...(pilotLog === null ? [] : [{ job_id: jobId, kind: 'pilot-log', content: pilotLog }]),
  ]);
  if (texts.length > 0) {
    await tx`
      insert into panda.job_text (job_id, kind, content)
      select job_id, kind, content from json_to_recordset(${JSON.stringify(texts)}::text::json)
        as t (job_id bigint, kind text, content text)
      on conflict (job_id, kind) do update set content = excluded.content, at = excluded.at`;
  }
  const printed = reports.flatMap(({ jobId, stdout }) =>
    stdout === null ? [] : [{ job_id: jobId, stdout }],
  );
  if (printed.length === 0) return;
  await tx`
    insert into panda.job_debug (job_id, stdout, at)
    select job_id, stdout, clock_timestamp() from json_to_recordset(${JSON.stringify(printed)}::text::json)
      as t (job_id bigint, stdout text)
    on conflict (job_id) do update set stdout = excluded.stdout, at = excluded.at`;
}

/** What the adder makes the final states of. */
export async function insertOutputReports(
  tx: Tx,
  finals: ReadonlyArray<{ report: Report; attempt: number }>,
): Promise<void> {
  if (finals.length === 0) return;
  const rows = finals.map(({ report, attempt }) => ({
    job_id: report.jobId,
    attempt,
    state: report.state,
    report: report.outputs,
  }));
  await tx`
    insert into panda.output_report as known (job_id, attempt, state, report)
    select job_id, attempt, state, report from json_to_recordset(${JSON.stringify(rows)}::text::json)
      as r (job_id bigint, attempt integer, state text, report text)
    on conflict (job_id, attempt) do nothing`;
}
