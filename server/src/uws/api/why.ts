import type { UwsFace, UwsWhy } from '@orrery/contracts/uws';
import type { ComputeRun } from '../../core/compute/index.ts';
import type { Job, PhaseEntry } from '../jobs/job.ts';
import { queuedNow } from './promise.ts';

const faces: Record<string, UwsFace> = {
  PENDING: 'idle',
  HELD: 'idle',
  QUEUED: 'waiting',
  SUSPENDED: 'waiting',
  EXECUTING: 'active',
  COMPLETED: 'good',
  ERROR: 'bad',
  ABORTED: 'stopped',
  ARCHIVED: 'stopped',
  UNKNOWN: 'unknown',
};

const questions: Record<string, string> = {
  PENDING: 'Why does it not run?',
  QUEUED: 'Why does it wait?',
  EXECUTING: 'Why is it not done yet?',
  COMPLETED: 'How did it end?',
  ERROR: 'Why did it fail?',
  ABORTED: 'Why was it aborted?',
};

/** The answer to the question a person has about a job in its phase, with the steps that led there. */
export function whyOf(job: Job, phases: readonly PhaseEntry[], run: ComputeRun | null): UwsWhy {
  const last = phases.at(-1);
  const evidence: UwsWhy['evidence'] = phases.map((entry) => ({
    face: faces[entry.phase] ?? 'unknown',
    text: entry.why,
    value: `${entry.phase} ${entry.at.toISOString()}`,
  }));
  for (const parameter of job.parameters) {
    for (const file of parameter.files ?? []) {
      if (file.hash !== null || file.removedHash !== undefined) continue;
      evidence.push({
        face: job.phase === 'ERROR' ? 'bad' : 'waiting',
        text: `${parameter.name} is not here yet.`,
        value: file.url,
      });
    }
  }
  const detail = job.error?.detail ?? null;
  // The history has said it already where it is the same sentence.
  if (detail !== null && detail !== last?.why) evidence.push({ face: 'bad', text: detail, value: null });
  return {
    question: questions[job.phase] ?? `Why is it ${job.phase}?`,
    answer: answerOf(job, run, last),
    evidence,
    acts: actsOf(job),
  };
}

function answerOf(job: Job, run: ComputeRun | null, last: PhaseEntry | undefined): string {
  if (job.phase === 'PENDING') return 'Nobody has asked to run it. Until then its parameters can be changed.';
  if (job.phase === 'QUEUED') return queuedNow(job, run);
  if (job.phase === 'EXECUTING' && job.ending !== null)
    return 'The run is over; its results are being stored.';
  if (job.error !== null) return job.error.message;
  return last?.why ?? `It is ${job.phase}.`;
}

function actsOf(job: Job): UwsWhy['acts'] {
  const phase = { method: 'POST', href: `/api/uws/jobs/${job.jobId}/phase` } as const;
  const again = {
    label: 'Run again with changes',
    method: 'GET',
    href: `/ui/services/${job.definition}?again=${job.jobId}`,
  } as const;
  switch (job.phase) {
    case 'PENDING':
    case 'HELD':
      return [{ label: 'Run', ...phase, body: { phase: 'RUN' } }];
    case 'QUEUED':
    case 'EXECUTING':
      return [{ label: 'Abort', ...phase, body: { phase: 'ABORT' } }];
    default:
      return [again];
  }
}
