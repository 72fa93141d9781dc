import type { Core } from '../../core/core.ts';
import type { Queue } from '../queues/queues.store.ts';
import { queueOf } from '../queues/queues.ts';
import { shareOrder } from '../shares/shares.ts';
import type { JobState } from '../states.ts';
import { type LastPilot, listLastPilots, sumActivity } from './activity.store.ts';
import { flushActivity } from './activity.ts';
import { type Exclusion, excludedBy, sayExclusionOf } from './exclusions.ts';
import { mostCoresOf } from './most-cores.ts';
import type { JobFilter } from './request.ts';
import { countAhead, findWaitingJob, mostLookedAt, type WaitingJob } from './why.store.ts';

/** Why no pilot has taken a job yet. */
export interface WhyJob {
  jobId: number;
  queue: string;
  status: JobState;
  /** One sentence or two. */
  answer: string;
  waitsSince: Date;
  queueStatus: Queue['status'] | null;
  share: string;
  /** Place of its share among the leaves, from 1; null for a share that no tree has: those come last. */
  shareRank: number | null;
  /** Jobs of its queue and share that go before it, counted up to 10,000; null unless it is activated. */
  ahead: number | null;
  /** Jobs that pilots of the queue got in the last hour. */
  givenLastHour: number;
  lastPilot: LastPilot | null;
  /** What of the request of the last pilot that went away with nothing keeps it from this job. */
  excluded: { part: Exclusion; text: string }[];
}

/** Why a job waits, for how long, and what is before it; null for a job that is not live. */
export async function whyJob(core: Core, jobId: number): Promise<WhyJob | null> {
  const { sql } = core.db;
  const job = await findWaitingJob(sql, jobId);
  if (job === null) return null;
  await flushActivity(core);
  const hourAgo = new Date(core.clock.now().getTime() - 3_600_000);
  const isActivated = job.status === 'activated';
  const [queue, order, [lastPilot = null], [activity], ahead] = await Promise.all([
    queueOf(core, job.queue),
    shareOrder(core),
    listLastPilots(sql, job.queue),
    sumActivity(sql, hourAgo, job.queue),
    isActivated ? countAhead(sql, job) : null,
  ]);
  const rank = order.indexOf(job.share);
  const filter = lastPilot?.refusedRequest?.filter ?? null;
  const story = {
    jobId,
    queue: job.queue,
    status: job.status,
    waitsSince: job.statusSince,
    queueStatus: queue?.status ?? null,
    share: job.share,
    shareRank: rank === -1 ? null : rank + 1,
    ahead,
    givenLastHour: activity?.given ?? 0,
    lastPilot,
    excluded: excludedFrom(job, filter, mostCoresOf(queue)),
  };
  return { ...story, answer: answerOf(story, job, queue, hourAgo) };
}

/** By what the last pilot asked for; the cores by the queue as it is now, whether a pilot has asked or not. */
function excludedFrom(job: WaitingJob, asked: JobFilter | null, mostCores: number): WhyJob['excluded'] {
  if (asked === null) {
    if (mostCores === 0 || job.cores <= mostCores) return [];
    return [{ part: 'cores', text: sayCores(job, mostCores) }];
  }
  const filter = { ...asked, mostCores };
  return excludedBy(job, filter).map((part) => ({ part, text: sayExclusionOf(part, filter, job) }));
}

function sayCores({ cores }: WaitingJob, mostCores: number): string {
  return `it has ${coresOf(mostCores)}, and the job asks for ${cores}`;
}

const coresOf = (cores: number): string => (cores === 1 ? '1 core' : `${cores} cores`);

type Story = Omit<WhyJob, 'answer'>;

function answerOf(story: Story, job: WaitingJob, queue: Queue | null, hourAgo: Date): string {
  const { ahead, lastPilot, excluded } = story;
  if (ahead === null) return `It does not wait for a pilot: it is ${job.status}. ${job.statusWhy}`.trim();
  if (queue?.status === 'offline' || queue?.status === 'paused') {
    return `Its queue ${queue.queue} is ${queue.status} and gives no jobs out. ${queue.statusReason}`.trim();
  }
  if (excluded.some(({ part }) => part === 'cores')) {
    return `No pilot of ${job.queue} has more than ${coresOf(mostCoresOf(queue))}, and the job asks for ${job.cores}.`;
  }
  if (lastPilot?.askedAt == null) return `No pilot has ever asked for a job of ${job.queue}.`;
  if (lastPilot.askedAt < hourAgo) {
    return `No pilot has asked for a job of ${job.queue} since ${lastPilot.askedAt.toISOString()}.`;
  }
  if (excluded.length > 0) {
    const reasons = excluded.map(({ text }) => text).join('; ');
    return `The last pilot of ${job.queue} that found no job could not take it: ${reasons}.`;
  }
  if (ahead === 0) return `It is the next of its share ${job.share} that a pilot of ${job.queue} gets.`;
  const some = ahead >= mostLookedAt ? `${mostLookedAt} jobs or more` : `${ahead} jobs`;
  const verb = ahead === 1 ? '1 job of its share goes' : `${some} of its share go`;
  const { givenLastHour } = story;
  const pace = givenLastHour === 0 ? '' : ` In the last hour pilots took ${givenLastHour} of the queue.`;
  return `${verb} before it on ${job.queue}.${pace}`;
}
