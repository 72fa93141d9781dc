import type { Core } from '../../core/core.ts';
import { perCore } from '../per-core.ts';
import { addActivity, type QueueActivity } from './activity.store.ts';
import type { JobFilter, JobRequest, Refusal } from './request.ts';

/** How often a process writes down what it has counted. */
const flushEveryMs = 5000;

/** What pilots did, counted in memory: a row for each request would cost more than the request. */
class Activity {
  #counted = new Map<string, QueueActivity>();
  #writing: Promise<void> = Promise.resolve();
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  of(queue: string): QueueActivity {
    const known = this.#counted.get(queue);
    if (known !== undefined) return known;
    const fresh: QueueActivity = { queue, asked: 0, given: 0, refused: 0, reports: 0 };
    this.#counted.set(queue, fresh);
    return fresh;
  }

  /** One at a time; what could not be written is counted into the next. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      const rows = [...this.#counted.values()];
      if (rows.length === 0) return;
      this.#counted = new Map();
      try {
        await addActivity(this.#core.db.sql, rows);
      } catch (error) {
        this.#core.log.warn({ err: error }, 'the activity of queues is not written down yet');
        for (const row of rows) merge(this.of(row.queue), row);
      }
    });
    return this.#writing;
  }
}

function merge(into: QueueActivity, from: QueueActivity): void {
  into.asked += from.asked;
  into.given += from.given;
  into.refused += from.refused;
  into.reports += from.reports;
  if (into.askedAt === undefined && from.askedAt !== undefined) {
    Object.assign(into, { askedAt: from.askedAt, node: from.node ?? null });
  }
  into.givenAt ??= from.givenAt ?? undefined;
  into.refusal ??= from.refusal;
}

const activityOf = perCore((core, onStop) => {
  const activity = new Activity(core);
  const timer = setInterval(() => void activity.flush(), flushEveryMs).unref();
  onStop(async () => {
    clearInterval(timer);
    await activity.flush();
  });
  return activity;
});

/** Counts a request of a pilot: what it got, or why it got nothing. */
export function noteRequest(
  core: Core,
  queue: string,
  request: JobRequest,
  outcome: { given: number } | { refusal: Refusal; filter: JobFilter | null },
): void {
  const activity = activityOf(core).of(queue);
  const at = core.clock.now();
  activity.asked += Math.max(request.slots, 1);
  activity.askedAt = at;
  activity.node = request.node;
  if ('given' in outcome) {
    activity.given += outcome.given;
    activity.refused += request.slots - outcome.given;
    activity.givenAt = at;
    return;
  }
  activity.refused += Math.max(request.slots, 1);
  activity.refusal = {
    at,
    node: request.node,
    why: outcome.refusal,
    request: { ...request, filter: outcome.filter },
  };
}

/** Counts a report of a pilot on a job of a queue: with the requests they show that a queue is alive. */
export function noteReport(core: Core, queue: string): void {
  activityOf(core).of(queue).reports += 1;
}

/** Writes down what this process has counted so far. */
export function flushActivity(core: Core): Promise<void> {
  return activityOf(core).flush();
}
