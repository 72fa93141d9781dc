import { createBatch } from '../../core/batch/index.ts';
import type { Core } from '../../core/core.ts';
import { outlastLoss, type Tx } from '../../core/db/index.ts';
import { addOutputTask } from '../adder/adder.task.ts';
import { noteReport } from '../dispatch/activity.ts';
import { perCore } from '../per-core.ts';
import { beatHearts, storeFigures } from './heartbeat.store.ts';
import { createLanes } from './lanes.ts';
import {
  insertOutputReports,
  type JobChange,
  lockJobs,
  noteMismatches,
  storeTexts,
  updateJobs,
} from './report.store.ts';
import type { Report, ReportAnswer } from './report.ts';
import { addErrors, commandOf, type HeldJob, judge, reasonOf, type Verdict } from './rules.ts';
import { recordReportedNode } from './worker-nodes.ts';

/**
 * How long a report waits for a database that has gone away. pilot3 3.11.5.1 gives a report up after two failures
 * 120 s apart, and waits 60 s and more for an answer.
 */
const outageMs = 20_000;

const reports = perCore((core, onStop) => {
  const beats = createBatch<Report, ReportAnswer | null>({
    maxItems: 100,
    concurrency: 3,
    run: (items) => beatAll(core, items),
  });
  const changes = createBatch<Report, ReportAnswer>({
    maxItems: 50,
    concurrency: 3,
    run: (items) => core.db.transaction((tx) => takeAll(core, tx, items)),
  });
  onStop(async () => {
    await beats.close();
    await changes.close();
  });
  const inOrder = createLanes<number>();
  const take = async (report: Report): Promise<ReportAnswer> =>
    (isBeat(report) ? await beats(report) : null) ?? changes(report);
  return {
    // A report that waits for the database holds up the later ones of its job.
    take: (report: Report, isGone?: () => boolean): Promise<ReportAnswer> =>
      inOrder(report.jobId, () => outlastLoss(() => take(report), { forMs: outageMs, isGone })),
  };
});

/**
 * Takes what a pilot says of its job and answers what it has to do, once the report is durable. Reports of one job
 * are taken in the order they came to this process; those of many jobs share a commit. Waits up to 20 s for a
 * database that is gone; whoever takes a report twice does no harm.
 */
export async function takeReport(core: Core, report: Report, isGone?: () => boolean): Promise<ReportAnswer> {
  const answer = await reports(core).take(report, isGone);
  if (report.metadata !== null) await recordReportedNode(core, report.metadata);
  return answer;
}

/** Nothing but figures, as far as the report itself tells. */
function isBeat({ state, errors, metadata, pilotLog, stdout, startedAt, endedAt }: Report): boolean {
  const hasErrors = Object.values(errors).some(({ code = 0, diag = '' }) => code !== 0 || diag !== '');
  const hasTexts = metadata !== null || pilotLog !== null || stdout !== null;
  return state === 'running' && !hasErrors && !hasTexts && startedAt === null && endedAt === null;
}

async function beatAll(core: Core, items: readonly Report[]): Promise<Array<ReportAnswer | null>> {
  const beats = new Map((await beatHearts(core.db.sql, items)).map((beat) => [beat.jobId, beat]));
  for (const { queue } of beats.values()) noteReport(core, queue);
  return items.map(({ jobId }) => {
    const beat = beats.get(jobId);
    return beat === undefined ? null : { command: commandOf(beat) };
  });
}

interface Judged {
  report: Report;
  job: HeldJob | undefined;
  verdict: Verdict;
}

async function takeAll(core: Core, tx: Tx, items: readonly Report[]): Promise<ReportAnswer[]> {
  const jobs = await lockJobs(
    tx,
    items.map(({ jobId }) => jobId),
  );
  const judged = items.map((report): Judged => {
    const job = jobs.get(report.jobId);
    return { report, job, verdict: judge(report, job) };
  });
  const ofKind = (...kinds: Array<Verdict['take']>): Report[] =>
    judged.filter(({ verdict }) => kinds.includes(verdict.take)).map(({ report }) => report);
  await storeTexts(tx, ofKind('texts', 'all'));
  await noteMismatches(tx, ofKind('mismatch'));
  await updateJobs(tx, judged.flatMap(changeOf));
  await storeFigures(tx, ofKind('all'));
  await handToAdder(core, tx, judged);
  core.db.afterCommit(tx, () => {
    core.events.committed();
    for (const { job, verdict } of judged) {
      if (job !== undefined && verdict.take !== 'nothing') noteReport(core, job.queue);
    }
  });
  return judged.map(({ verdict }) => ({ command: verdict.command }));
}

function changeOf({ report, job, verdict }: Judged): JobChange[] {
  if (verdict.take !== 'all' || job === undefined) return [];
  const { status, isFinal } = verdict;
  const setByPilot = report.state === 'holding' || report.state === 'transferring';
  const known = addErrors(job.errors, report.errors);
  const errors = setByPilot || isFinal ? noteOfPilot(known, setByPilot ? report.state : null) : known;
  return [{ report, from: job.status, status, why: reasonOf(report), isFinal, setByPilot, errors }];
}

/** The reference keeps in the dispatcher's error that the state was set by the pilot; its final report clears it. */
function noteOfPilot(errors: HeldJob['errors'], state: string | null): HeldJob['errors'] {
  const { jobDispatcher: _cleared, ...others } = errors ?? {};
  if (state === null) return Object.keys(others).length === 0 ? null : others;
  const at = new Date().toISOString().slice(0, 19).replace('T', ' ');
  return { ...others, jobDispatcher: { code: 0, diag: `set to ${state} by the pilot at ${at}` } };
}

/** A final report, and the task that makes the final state of it, in the transaction that holds the job. */
async function handToAdder(core: Core, tx: Tx, judged: readonly Judged[]): Promise<void> {
  const finals = judged.flatMap(({ report, job, verdict }) =>
    verdict.take === 'all' && verdict.isFinal && job !== undefined ? [{ report, attempt: job.attempt }] : [],
  );
  await insertOutputReports(tx, finals);
  await core.queue.addMany(
    tx,
    addOutputTask,
    finals.map(({ report, attempt }) => ({
      payload: { jobId: report.jobId, attempt },
      key: String(report.jobId),
    })),
  );
}
