import type { Core } from '../../core/core.ts';
import type { Tx } from '../../core/db/index.ts';
import { endJobs } from '../jobs/archive.store.ts';
import type { JobErrors } from '../jobs/job.ts';
import { mainErrorText } from '../retry/words.ts';
import { moveJobs } from '../setup/setup.store.ts';
import { retryOrEnd } from '../watch/retry.ts';
import { deleteReports, noteOutputs, storeFiles, type Waiting } from './adder.store.ts';
import { isOutput, type JudgedFile, type Judgement } from './judge.ts';
import type { AdderPlugin, AdderResult } from './plugin.ts';

const by = 'adder';
const adderError = 200;
/** taskBufferErrorCode of a job that was closed by somebody (panda-server 1.0.3). */
const killed = 100;

/** A report with what was made of it. */
export interface Settled {
  waiting: Waiting;
  judgement: Judgement;
  plugin: AdderPlugin;
  result: AdderResult;
}

/** Stores the outcome of reports and moves their jobs on; the reports are gone afterwards. */
export async function settle(tx: Tx, core: Core, all: readonly Settled[]): Promise<void> {
  const done = all.map((one) => ({ ...one, outcome: outcomeOf(one), files: finalFiles(one) }));
  await storeFiles(
    tx,
    done.flatMap(({ files }) => files),
  );
  for (const [plugin, list] of Map.groupBy(done, (one) => one.plugin)) {
    const read = list.filter(({ judgement, outcome }) => judgement.isReadable && outcome.status !== 'closed');
    await plugin.store?.(
      tx,
      read.map(({ waiting: { job, attributes }, judgement: { state }, files }) => ({
        job,
        attributes,
        state,
        files,
      })),
    );
  }
  await noteOutputs(
    tx,
    done.map(({ waiting: { job }, files, outcome }) => {
      const outputs = files.filter(({ type, status }) => type === 'output' && status !== 'nooutput');
      const bytes = outputs.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0);
      const clearsErrors = !['failed', 'closed'].includes(outcome.status);
      return { jobId: job.jobId, files: outputs.length, bytes, clearsErrors };
    }),
  );
  await deleteReports(
    tx,
    done.map(({ waiting: { job } }) => job),
  );
  await moveOn(tx, core, done);
}

type Done = Settled & { outcome: Outcome; files: JudgedFile[] };

async function moveOn(tx: Tx, core: Core, done: readonly Done[]): Promise<void> {
  const of = (...statuses: Array<Outcome['status']>) =>
    done
      .filter(({ outcome }) => statuses.includes(outcome.status))
      .map(({ waiting: { job }, outcome }) => ({ jobId: job.jobId, by, ...outcome }));
  await moveJobs(tx, of('merging', 'transferring'), by);
  await endJobs(
    tx,
    of('finished', 'closed').map((end) => ({
      ...end,
      status: end.status === 'closed' ? 'closed' : 'finished',
    })),
  );
  await retryOrEnd(tx, core, of('failed'));
}

interface Outcome {
  status: 'finished' | 'failed' | 'merging' | 'transferring' | 'closed';
  /** For people. */
  why: string;
  errors: JobErrors;
}

function outcomeOf({ waiting: { job, state }, judgement, result }: Settled): Outcome {
  const { errors } = judgement;
  if (job.subStatus === 'pilot_closed' && job.command !== 'tobekilled') {
    const diag = 'closed by the pilot';
    return { status: 'closed', why: diag, errors: { taskBuffer: { code: killed, diag } } };
  }
  if (judgement.isReadable && result.result !== 'succeeded') {
    const diag = result.problem ?? 'AdderPlugin failure';
    const all = { ...errors, ddm: { code: adderError, diag: diag.slice(0, 500) } };
    const isNew = state === 'finished';
    return {
      status: 'failed',
      why: isNew ? `outputs not registered: ${diag}` : whyFailed(job, all),
      errors: all,
    };
  }
  if (judgement.state === 'failed') return { status: 'failed', why: whyFailed(job, errors), errors };
  if ((result.merging ?? []).length > 0) return { status: 'merging', why: 'waits for its merge job', errors };
  if ((result.transferring ?? []).length > 0) {
    return { status: 'transferring', why: 'its outputs are on their way', errors };
  }
  return { status: 'finished', why: whyFinished(judgement.files), errors };
}

function whyFailed(job: Waiting['job'], added: JobErrors): string {
  return mainErrorText({ ...job.errors, ...added }) ?? 'the pilot says that it failed, without a reason';
}

function whyFinished(files: readonly JudgedFile[]): string {
  const stored = files.filter((file) => isOutput(file) && file.status === 'ready');
  if (stored.length === 0) return 'the pilot says that it finished';
  return `finished; ${stored.length} ${stored.length === 1 ? 'file' : 'files'} stored`;
}

/** Outputs on their way or waiting to be merged say so. */
function finalFiles({ judgement, result }: Settled): JudgedFile[] {
  const merging = new Set(result.merging);
  const transferring = new Set(result.transferring);
  return judgement.files.map((file) => {
    if (!isOutput(file) || file.status !== 'ready') return file;
    if (merging.has(file.lfn)) return { ...file, status: 'merging', changed: true };
    return transferring.has(file.lfn) ? { ...file, status: 'transferring', changed: true } : file;
  });
}
