import type { ObjectPromise, Why } from '@orrery/contracts/explain';
import type { JobFile } from '../jobs/file.ts';
import { isFinal, type JobState } from '../states.ts';
import type { WatchAction, WatchSettings } from '../watch/limits.ts';
import { deadlineOf } from './deadlines.ts';
import { errorMeaning } from './error-meanings.ts';
import type { FoundJob, HistoryEntry } from './job.store.ts';
import { apiErrors } from './job.wire.ts';
import { isSaidIn, sayOnce } from './said-once.ts';

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

/** What happens in each state, and what comes next. */
const steps: Readonly<Partial<Record<JobState, readonly [now: string, next: string]>>> = {
  pending: ['It is stored.', 'Its preparation begins.'],
  waiting: ['It waits for its input.', 'It is prepared when the input is there.'],
  defined: ['It is being prepared.', 'It becomes activated, or assigned while input moves.'],
  assigned: ['Its input is being moved to the queue.', 'It becomes activated.'],
  activated: ['It waits for a pilot of its queue.', 'The next pilot that it fits takes it.'],
  throttled: ['It is held back.', 'It becomes activated when there is room.'],
  sent: ['A pilot has it.', 'The pilot reports that it prepares the payload.'],
  starting: ['Its pilot prepares the payload.', 'The payload starts.'],
  stagein: ['Its pilot fetches the input.', 'The payload starts.'],
  running: ['Its payload runs.', 'The pilot stores the output and reports the end.'],
  stageout: ['Its pilot stores the output.', 'The pilot reports the end.'],
  holding: [
    'Its end was reported; the outputs are being checked.',
    'It becomes finished, failed or transferring.',
  ],
  merging: ['It waits for the job that merges its outputs.', 'It ends with that job.'],
  transferring: ['Its outputs are on their way to their place.', 'It is finished when they are there.'],
};

const actions: Readonly<Record<WatchAction, string>> = {
  close: 'It is closed.',
  reassign: 'It is closed, and its task makes a new one.',
  'set up': 'It is prepared again.',
  fail: 'It fails.',
  kill: 'Its pilot is told to end it.',
};

/** Null once the job is final. */
export function promiseOf(
  job: FoundJob & { heardAt: Date | null },
  settings: WatchSettings,
): ObjectPromise | null {
  const [now, next] = steps[job.status] ?? [];
  if (isFinal(job.status) || now === undefined || next === undefined) return null;
  const deadline = deadlineOf(job, settings);
  const isKilled = job.command === 'tobekilled';
  return {
    now: isKilled ? `${now} It was told to end.` : now,
    next: isKilled ? 'Its pilot ends it at its next report.' : next,
    expected:
      deadline === null ? null : { at: deadline.at.toISOString(), source: 'the time-out of this state' },
    otherwise: deadline === null ? 'It may take as long as it needs.' : actions[deadline.action],
  };
}

/** The answer to the question a person has about a job in its state, from what is written down about it. */
export function storyOf(
  job: FoundJob,
  history: readonly HistoryEntry[],
  files: readonly JobFile[],
  sameErrors: number,
): Why {
  const answer = answerOf(job);
  const evidence: Why['evidence'] = history.slice(-30).map(({ status, at, why, attempt }) => ({
    face: faces[status],
    text: why === '' || isSaidIn(answer, why) ? `It became ${status}.` : why,
    value: `${status} ${at.toISOString()}${attempt > 1 ? `, attempt ${attempt}` : ''}`,
  }));
  evidence.push(...errorEvidence(job, answer));
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
  return { question: questionOf(job.status), answer, evidence, acts: actsOf(job) };
}

/** Each error with its code; what the answer or another error has said already is not said again. */
function errorEvidence(job: FoundJob, answer: string): Why['evidence'] {
  const said = [answer];
  return apiErrors(job).map(({ source, code, meaning, diag }) => {
    const text = diag === '' ? (meaning ?? 'it gave no text') : diag;
    const isMain = source === job.errorSource && code === job.errorCode;
    const isSaid = said.some((one) => isSaidIn(one, text));
    said.push(text);
    const shown = isMain ? 'Reported with this code.' : 'The same was reported with this code.';
    return { face: 'bad', text: isSaid ? shown : text, value: `${source} ${code}` };
  });
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
    return sayOnce(meaning ?? `${source} reported ${code}`, diag);
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
