import type { ObjectPromise, Why } from '@orrery/contracts/explain';
import type { JobFile } from '../jobs/file.ts';
import { isFinal, type JobState } from '../states.ts';
import { deadlineOf, type Limits } from './deadlines.ts';
import { errorMeaning } from './error-meanings.ts';
import type { FoundJob, HistoryEntry } from './job.store.ts';
import { apiErrors } from './job.wire.ts';

type Face = Why['evidence'][number]['face'];

const faces: Readonly<Record<JobState, Face>> = {
  pending: 'waiting',
  waiting: 'waiting',
  defined: 'waiting',
  assigned: 'waiting',
  activated: 'waiting',
  throttled: 'waiting',
  sent: 'active',
  starting: 'active',
  stagein: 'active',
  running: 'active',
  stageout: 'finishing',
  holding: 'finishing',
  merging: 'finishing',
  transferring: 'finishing',
  finished: 'good',
  failed: 'bad',
  cancelled: 'stopped',
  closed: 'stopped',
};

/** What happens in each state, what comes next, and what the server does otherwise. */
const steps: Readonly<Partial<Record<JobState, readonly [now: string, next: string, otherwise: string]>>> = {
  pending: ['It is stored.', 'Its preparation begins.', 'It is closed.'],
  waiting: ['It waits for its input.', 'It is prepared when the input is there.', 'It is closed.'],
  defined: [
    'It is being prepared.',
    'It becomes activated, or assigned while input moves.',
    'It is prepared again.',
  ],
  assigned: [
    'Its input is being moved to the queue.',
    'It becomes activated.',
    'It is sent elsewhere, or closed.',
  ],
  activated: [
    'It waits for a pilot of its queue.',
    'The next pilot that it fits takes it.',
    'It is closed; a task makes it anew elsewhere.',
  ],
  throttled: ['It is held back.', 'It becomes activated when there is room.', 'It is closed.'],
  sent: [
    'A pilot has it.',
    'The pilot reports that it prepares the payload.',
    'It fails: the pilot took it and never reported.',
  ],
  starting: ['Its pilot prepares the payload.', 'The payload starts.', 'It fails: the pilot was lost.'],
  stagein: ['Its pilot fetches the input.', 'The payload starts.', 'It fails: the pilot was lost.'],
  running: [
    'Its payload runs.',
    'The pilot stores the output and reports the end.',
    'It fails: the pilot was lost.',
  ],
  stageout: ['Its pilot stores the output.', 'The pilot reports the end.', 'It fails: the pilot was lost.'],
  holding: [
    'Its end was reported; the outputs are being checked.',
    'It becomes finished, failed or transferring.',
    'It fails: its end was not told.',
  ],
  merging: [
    'It waits for the job that merges its outputs.',
    'It is finished with that job.',
    'It fails with that job.',
  ],
  transferring: [
    'Its outputs are on their way to their place.',
    'It is finished when they are there.',
    'It fails: the transfer took too long.',
  ],
};

/** Null once the job is final. */
export function promiseOf(job: FoundJob & { heardAt: Date | null }, limits: Limits): ObjectPromise | null {
  const [now, next, otherwise] = steps[job.status] ?? [];
  if (isFinal(job.status) || now === undefined || next === undefined || otherwise === undefined) return null;
  const deadline = deadlineOf(job, limits);
  const isKilled = job.command === 'tobekilled';
  return {
    now: isKilled ? `${now} It was told to end.` : now,
    next: isKilled ? 'Its pilot ends it at its next report.' : next,
    expected: deadline === null ? null : { at: deadline.toISOString(), source: 'the time-out of this state' },
    otherwise,
  };
}

/** The answer to the question a person has about a job in its state, from what is written down about it. */
export function storyOf(
  job: FoundJob,
  history: readonly HistoryEntry[],
  files: readonly JobFile[],
  sameErrors: number,
): Why {
  const evidence: Why['evidence'] = history.slice(-30).map(({ status, at, why, attempt }) => ({
    face: faces[status],
    text: why === '' ? `It became ${status}.` : why,
    value: `${status} ${at.toISOString()}${attempt > 1 ? `, attempt ${attempt}` : ''}`,
  }));
  for (const { source, code, meaning, diag } of apiErrors(job)) {
    evidence.push({
      face: 'bad',
      text: diag === '' ? (meaning ?? 'it gave no text') : diag,
      value: `${source} ${code}`,
    });
  }
  if (job.status === 'failed') {
    for (const { lfn, status, type } of files) {
      if (status === 'failed' && type === 'output')
        evidence.push({ face: 'bad', text: 'This output was not stored.', value: lfn });
    }
    if (sameErrors > 1) {
      const text = `${sameErrors} jobs of ${job.queue} failed the same way in the last day.`;
      evidence.push({ face: 'partial', text, value: `${job.errorSource} ${job.errorCode}` });
    }
  }
  return { question: questionOf(job.status), answer: answerOf(job), evidence, acts: actsOf(job) };
}

function questionOf(status: JobState): string {
  if (status === 'finished') return 'How did it end?';
  if (status === 'failed') return 'Why did it fail?';
  if (status === 'cancelled' || status === 'closed') return `Why was it ${status}?`;
  return faces[status] === 'waiting' ? 'Why does it wait?' : 'Why is it not done yet?';
}

function answerOf(job: FoundJob): string {
  const { errorSource: source, errorCode: code, status } = job;
  if (status === 'failed' && source !== null && code !== null) {
    const meaning = errorMeaning(source, code);
    const diag = job.errors?.[source]?.diag ?? '';
    const said =
      meaning === null ? `${source} reported ${code}` : `${meaning[0]?.toUpperCase()}${meaning.slice(1)}`;
    return diag === '' ? `${said}.` : `${said}: ${diag}`;
  }
  if (job.statusWhy !== '') return job.statusWhy;
  return steps[status]?.[0] ?? `It is ${status}.`;
}

function actsOf({ jobId, status, taskId }: FoundJob): Why['acts'] {
  const href = `/api/panda/jobs/${jobId}`;
  if (!isFinal(status)) return [{ label: 'Kill', method: 'POST', href: `${href}/kill` }];
  if (status === 'finished' || taskId !== null) return [];
  return [{ label: 'Retry', method: 'POST', href: `${href}/retry`, body: {} }];
}
