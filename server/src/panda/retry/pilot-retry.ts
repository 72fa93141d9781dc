import { randomUUID } from 'node:crypto';
import type { Tx } from '../../core/db/index.ts';
import { makeDocument } from '../dispatch/document.ts';
import type { JobFile } from '../jobs/file.ts';
import type { Job, JobErrors } from '../jobs/job.ts';
import type { JobToSetUp } from '../setup/plugin.ts';
import { storeDocuments, withSpecs } from '../setup/setup.store.ts';

/** Outputs could not be stored: pilots send these codes with a minus, which means that another try may help. */
const recoverable = [1135, 1136, 1137, 1141, 1152, 1181];
/** The pilot was told to stop, or its time in the batch system was over. */
const interrupted = [1200, 1201, 1213];
/** Labels of jobs that the server itself begins again. */
const userLabels = ['user', 'panda'];
const testLabels = ['ptest', 'rc_test', 'rc_test2', 'rc_alrb'];
const taskBufferRetried = [105, 106, 107];

/**
 * Why a job is begun again with the same id, or null (panda-server 1.0.3, `retryJob`): after an error that may pass, while
 * attempts are left; and once after an interruption. Never one that is being killed, and no test that measures queues.
 */
export function pilotRetryReason(
  job: Pick<Job, 'label' | 'processingType' | 'attempt' | 'maxAttempt' | 'command'>,
  errors: JobErrors,
  maxAttempt = job.maxAttempt,
): string | null {
  const { code = 0, diag = '' } = errors.pilot ?? {};
  const kind = job.processingType ?? '';
  if (job.command === 'tobekilled' || taskBufferRetried.includes(errors.taskBuffer?.code ?? 0)) return null;
  if (kind.startsWith('hammercloud')) return null;
  const measures = kind.startsWith('gangarobot');
  const reason = `after pilot error ${code}${diag === '' ? '' : `: ${diag.split('\n')[0]?.slice(0, 200)}`}`;
  if (
    recoverable.includes(code) &&
    [...userLabels, ...testLabels].includes(job.label) &&
    maxAttempt > job.attempt &&
    (!measures || kind === 'gangarobot-rctest')
  ) {
    return reason;
  }
  const once = interrupted.includes(code) && userLabels.includes(job.label) && job.attempt < 2 && !measures;
  return once && maxAttempt > 0 ? reason : null;
}

/** Begins jobs again: next attempt, activated, ten points of priority less, everything of the last attempt gone. */
export async function beginAgain(
  tx: Tx,
  jobs: ReadonlyArray<{ job: Job; why: string }>,
  by: string,
): Promise<void> {
  if (jobs.length === 0) return;
  const jobIds = jobs.map(({ job }) => job.jobId);
  const works = await withSpecs(
    tx,
    jobs.map(({ job }) => ({ ...job, attempt: job.attempt + 1, priority: job.priority - 10 })),
  );
  const renewed = works.map((work) => ({ ...work, files: work.files.map((file) => renew(file, work)) }));
  await resetFiles(tx, renewed.flatMap(({ files }) => files).filter(isOutput));
  await storeDocuments(
    tx,
    renewed.map((work) => ({ jobId: work.job.jobId, document: makeDocument(work) })),
  );
  await tx`
    with pulse as (delete from panda.heartbeat where job_id = any(${jobIds}::bigint[])),
    -- What the pilot wrote says why, and must not be read as the next one's.
    marked as (update panda.job_text t set content = 'From attempt ' || j.attempt || ', which was begun again:' || chr(10) || content
      from panda.job j where j.job_id = any(${jobIds}::bigint[]) and t.job_id = j.job_id and kind = 'pilot-log'
        and content not like 'From attempt %, which was begun again:%'),
    debug as (delete from panda.job_debug where job_id = any(${jobIds}::bigint[])),
    report as (delete from panda.output_report where job_id = any(${jobIds}::bigint[])),
    said as (delete from panda.job_text where job_id = any(${jobIds}::bigint[]) and kind = 'metadata'),
    -- Otherwise the end of the old worker would end the new attempt.
    related as (delete from panda.job_worker where job_id = any(${jobIds}::bigint[]))
    update panda.job j set status = 'activated', attempt = j.attempt + 1, priority = j.priority - 10, status_why = w.why,
      changed_by = ${by}, status_since = clock_timestamp(), modified_at = clock_timestamp(), started_at = null,
      ended_at = null, batch_id = null, errors = null, error_source = null, error_code = null, reported = false,
      set_by_pilot = false, command = null, sub_status = null, facts = null, node = null, computing_element = null,
      scheduler_id = null, pilot_id = null
    from unnest(${jobIds}::bigint[], ${jobs.map(({ why }) => why)}::text[]) as w (job_id, why)
    where j.job_id = w.job_id`;
}

function isOutput({ type }: JobFile): boolean {
  return type === 'output' || type === 'log';
}

/**
 * The log of each attempt has a name and a GUID of its own. Outputs keep their names, which the command line has:
 * nothing of a failed attempt was registered.
 */
function renew(file: JobFile, { job }: JobToSetUp): JobFile {
  if (!isOutput(file)) return file;
  const clean = { ...file, status: 'defined', sizeBytes: null, checksum: null, surl: null, nEvents: null };
  if (file.type !== 'log') return { ...clean, guid: null };
  return {
    ...clean,
    guid: randomUUID(),
    lfn: `${file.lfn.replace(new RegExp(`\\.${job.attempt - 1}$`), '')}.${job.attempt}`,
  };
}

async function resetFiles(tx: Tx, files: readonly JobFile[]): Promise<void> {
  if (files.length === 0) return;
  const rows = files.map(({ jobId, fileId, lfn, guid }) => ({ jobId, fileId, lfn, guid }));
  await tx`
    update panda.file f set lfn = n.lfn, guid = n.guid, status = 'defined', size_bytes = null, checksum = null,
      surl = null, n_events = null
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
      as n ("jobId" bigint, "fileId" bigint, lfn text, guid text)
    where f.job_id = n."jobId" and f.file_id = n."fileId"`;
}
