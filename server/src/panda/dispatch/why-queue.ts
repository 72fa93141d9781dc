import type { Core } from '../../core/core.ts';
import type { Queue } from '../queues/queues.store.ts';
import { queueOf } from '../queues/queues.ts';
import { type ActivitySum, type LastPilot, listLastPilots, sumActivity } from './activity.store.ts';
import { flushActivity } from './activity.ts';
import { type Exclusion, excludedBy, exclusions, sayExclusion } from './exclusions.ts';
import { memoryPerCoreLimit } from './mean-memory.ts';
import { mostCoresOf } from './most-cores.ts';
import { effectiveLabel, type JobFilter, type JobRequest, labelRule, type Refusal } from './request.ts';
import { sampleActivated } from './why.store.ts';

/** Jobs that a part of the pilot's request excludes; one job may stand under several. */
export interface ExcludedJobs {
  part: Exclusion;
  jobs: number;
  /** Why, to follow "jobs are not for it, because". */
  text: string;
}

/** Why a pilot of a queue gets nothing, or that it would get a job now. */
export interface WhyQueue {
  queue: string;
  /** One sentence or two. */
  answer: string;
  /** Null: the queue is not described. */
  status: Queue['status'] | null;
  /** The last pilot that asked for jobs of the queue, and the last that got nothing. */
  lastPilot: LastPilot | null;
  /** What pilots asked and got in the last three hours. */
  activity: ActivitySum;
  /** The request that was looked at: the one given, or that of the last pilot that got nothing. */
  filter: JobFilter | null;
  /** Activated jobs of the queue that were looked at, at most 10,000, oldest first. */
  waiting: number;
  oldestSince: Date | null;
  /** How many of them the pilot may have. */
  fitting: number;
  excluded: ExcludedJobs[];
}

const activityHours = 3;

/**
 * Why the last pilot of a queue that got nothing got nothing, and whether it would today. With `request` it is asked
 * for such a pilot instead; what the request leaves out asks nothing, and no label means production.
 */
export async function whyQueue(core: Core, name: string, request?: Partial<JobRequest>): Promise<WhyQueue> {
  const { sql } = core.db;
  await flushActivity(core);
  const since = new Date(core.clock.now().getTime() - activityHours * 3_600_000);
  const [queue, [lastPilot = null], [activity], samples] = await Promise.all([
    queueOf(core, name),
    listLastPilots(sql, name),
    sumActivity(sql, since, name),
    sampleActivated(sql, name),
  ]);
  const filter =
    request === undefined
      ? filterOfLast(lastPilot)
      : wishedFilter(request, queue, await memoryPerCoreLimit(core, queue));
  const looked = samples.map((sample) => ({
    jobs: sample.jobs,
    parts: filter === null ? [] : excludedBy(sample, filter),
  }));
  const count = (some: typeof looked): number => some.reduce((sum, { jobs }) => sum + jobs, 0);
  const story = {
    queue: name,
    status: queue?.status ?? null,
    lastPilot,
    activity: activity ?? { queue: name, asked: 0, given: 0, refused: 0, reports: 0 },
    filter,
    waiting: count(looked),
    oldestSince: samples.reduce<Date | null>(
      (oldest, { oldestSince }) => (oldest === null || oldestSince < oldest ? oldestSince : oldest),
      null,
    ),
    fitting: filter === null ? 0 : count(looked.filter(({ parts }) => parts.length === 0)),
    excluded: exclusions
      .map((part) => ({ part, jobs: count(looked.filter(({ parts }) => parts.includes(part))) }))
      .filter(({ jobs }) => jobs > 0)
      .map(({ part, jobs }) => ({ part, jobs, text: sayExclusion(part, filter as JobFilter) })),
  };
  return { ...story, answer: answerOf(story, queue, request === undefined) };
}

/** Requests are kept with the filter they came to. */
function filterOfLast(last: LastPilot | null): JobFilter | null {
  return last?.refusedRequest?.filter ?? null;
}

function wishedFilter(request: Partial<JobRequest>, queue: Queue | null, memoryPerCoreMb: number): JobFilter {
  const { label = null, computingElement = 'any', jobType = null } = request;
  const facts = { isTest: queue?.status === 'test', isUnified: queue?.document.type === 'unified' };
  return {
    ...labelRule({ label, computingElement, jobType }, facts),
    memoryMb: request.memoryMb ?? 0,
    diskMb: request.diskMb ?? 0,
    walltimeSeconds: request.walltimeSeconds ?? 0,
    resourceType: request.resourceType ?? null,
    owner: request.owner ?? null,
    ownerAccountId: null,
    taskId: request.taskId ?? null,
    background: request.background ?? false,
    memoryPerCoreMb,
    mostCores: mostCoresOf(queue),
    vos: null,
  };
}

type Story = Omit<WhyQueue, 'answer'>;

function answerOf(story: Story, queue: Queue | null, isAboutLast: boolean): string {
  const { queue: name, status, waiting, lastPilot } = story;
  if (status === 'offline' || status === 'paused') {
    return `${name} is ${status} and gives no jobs out. ${queue?.statusReason ?? ''}`.trim();
  }
  if (isAboutLast && lastPilot === null) return `No pilot has ever asked for a job of ${name}.`;
  if (isAboutLast && lastPilot?.refusedWhy === null)
    return `No pilot of ${name} has gone away without a job.`;
  if (isAboutLast && lastPilot?.refusedWhy === 'role') return roleAnswer;
  if (isAboutLast && lastPilot?.refusedWhy === 'gone') return sayRefusal('gone', name);
  if (waiting === 0) return `No job of ${name} waits for a pilot.`;
  if (story.filter === null) return sayRefusal(lastPilot?.refusedWhy ?? null, name);
  if (story.fitting > 0) {
    const then = isAboutLast ? 'When it asked there was none; now' : 'Such a pilot gets a job:';
    return `${then} ${jobsFit(story.fitting)} it.`;
  }
  const [first, ...more] = story.excluded.toSorted((a, b) => b.jobs - a.jobs);
  if (first === undefined) return sayRefusal(lastPilot?.refusedWhy ?? null, name);
  const test = testNote(story, isAboutLast);
  const rest = more.length === 0 ? '' : ` Besides, ${more.map(({ text }) => text).join('; ')}.`;
  return `None of the ${waiting} jobs that wait is for such a pilot: ${first.text}.${rest}${test}`;
}

const roleAnswer =
  'The last pilot had neither the role of a pilot nor asked for jobs of users: its token needs the role panda.pilot.';

function jobsFit(jobs: number): string {
  return jobs === 1 ? '1 job fits' : `${jobs} jobs fit`;
}

function sayRefusal(why: Refusal | null, queue: string): string {
  if (why === 'gone') return 'The last pilot had gone before it was answered.';
  if (why === 'timed-out') return 'The database was too slow for the last pilot; it asks again.';
  if (why === 'offline' || why === 'paused') {
    return `${queue} was ${why} when the last pilot asked; it gives jobs out again.`;
  }
  return `No job of ${queue} was there for the last pilot.`;
}

function testNote({ status, lastPilot }: Story, isAboutLast: boolean): string {
  const label = isAboutLast ? (lastPilot?.refusedRequest?.label ?? null) : null;
  const isChanged = status === 'test' && label !== effectiveLabel(label, true);
  return isChanged ? ' The queue is in test: its pilots get tests only.' : '';
}
