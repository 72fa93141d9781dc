import {
  type PandaJobCounts,
  type PandaOverview,
  type PandaThroughput,
  PandaThroughputQuery,
} from '@orrery/contracts/panda';
import type { Core } from '../../core/core.ts';
import type { App } from '../../core/http/index.ts';
import { listTally } from '../jobs/tally.store.ts';
import { perCore } from '../per-core.ts';
import { queuesOf } from '../queues/queues.ts';
import { pilotStates, queuedStates, queueStates } from '../states.ts';
import { apiConfig } from './config.ts';
import { countHours, countMinutes, oldestActivated, sumRequests } from './flow.store.ts';
import { addTo } from './queue.store.ts';

const minuteMs = 60_000;
const usualMinutes = 60;

/** Answers of the present minute, by queue and length: many pages show the same chart. */
const answersOf = perCore(() => ({
  minuteMs: 0,
  answers: new Map<string, Promise<Omit<PandaThroughput, 'tookMs'>>>(),
}));

/** Is work flowing. Numbers over all jobs, which everybody may see. */
export function flowRoutes(scope: App, core: Core): void {
  const config = apiConfig('panda.read');
  scope.get('/api/panda/overview', { config }, () => describeFlow(core));
  scope.get(
    '/api/panda/throughput',
    { schema: { querystring: PandaThroughputQuery }, config },
    async (request): Promise<PandaThroughput> => {
      const startedMs = performance.now();
      const { queue = null, minutes = usualMinutes } = request.query as {
        queue?: string;
        minutes?: number;
      };
      return { ...(await throughputOf(core, queue, minutes)), tookMs: performance.now() - startedMs };
    },
  );
}

function throughputOf(
  core: Core,
  queue: string | null,
  minutes: number,
): Promise<Omit<PandaThroughput, 'tookMs'>> {
  const kept = answersOf(core);
  const untilMs = Math.floor(core.clock.now().getTime() / minuteMs) * minuteMs;
  if (kept.minuteMs !== untilMs) {
    kept.minuteMs = untilMs;
    kept.answers.clear();
  }
  const key = `${minutes} ${queue ?? ''}`;
  const known = kept.answers.get(key);
  if (known !== undefined) return known;
  const answer = countThroughput(core, queue, minutes, new Date(untilMs - minutes * minuteMs));
  kept.answers.set(key, answer);
  // A failed reading is not remembered.
  answer.catch(() => kept.answers.delete(key));
  return answer;
}

async function countThroughput(
  { db }: Core,
  queue: string | null,
  minutes: number,
  from: Date,
): Promise<Omit<PandaThroughput, 'tookMs'>> {
  const counted = new Map((await countMinutes(db.sql, from, minutes, queue)).map((row) => [row.minute, row]));
  const list = (name: 'started' | 'finished' | 'failed' | 'stopped') =>
    Array.from({ length: minutes }, (_, minute) => counted.get(minute)?.[name] ?? 0);
  return {
    from: from.toISOString(),
    started: list('started'),
    finished: list('finished'),
    failed: list('failed'),
    stopped: list('stopped'),
  };
}

async function describeFlow(core: Core): Promise<PandaOverview> {
  const startedMs = performance.now();
  const { sql } = core.db;
  const [tally, hours, queues, oldest, requests] = await Promise.all([
    listTally(sql),
    countHours(sql, core.clock.now(), 24),
    queuesOf(core),
    oldestActivated(sql),
    sumRequests(sql),
  ]);
  const jobs: PandaJobCounts = {};
  for (const row of tally) addTo(jobs, row.status, row.jobs);
  const coresIn = (states: readonly string[]) =>
    tally.reduce((sum, { status, cores }) => (states.includes(status) ? sum + cores : sum), 0);
  const byHour = (name: 'finished' | 'failed') =>
    Array.from({ length: 24 }, (_, n) => hours.find(({ hoursAgo }) => hoursAgo === 23 - n)?.[name] ?? 0);
  const byStatus = queueStates.map((state) => [
    state,
    queues.filter(({ status }) => status === state).length,
  ]);
  return {
    jobs,
    cores: { running: coresIn(pilotStates), waiting: coresIn(queuedStates) },
    queues: Object.fromEntries(byStatus) as PandaOverview['queues'],
    finished: byHour('finished'),
    failed: byHour('failed'),
    ...requests,
    oldestActivatedSince: oldest?.toISOString() ?? null,
    tookMs: performance.now() - startedMs,
  };
}
