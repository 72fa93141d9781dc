import type { UwsPhase } from '@orrery/contracts/uws';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { WaitEnd } from '../../core/events/index.ts';
import { whenAnswered } from '../../core/http/index.ts';
import type { Job } from '../jobs/job.ts';
import { jobTopic } from '../jobs/jobs.store.ts';
import { isWaitable } from '../phases.ts';
import type { Service } from '../service.ts';
import type { WaitQuery } from './list-query.ts';

/** Is there anything to wait for? */
export function isWorthWaiting(job: Job, { seconds, phase }: WaitQuery): boolean {
  if (seconds === null || seconds === 0 || !isWaitable(job.phase)) return false;
  return phase === null || phase === job.phase;
}

/** Whether a job has left this phase. */
export function hasLeft(phase: UwsPhase): (job: Job) => boolean {
  return (job) => job.phase !== phase;
}

/**
 * Holds the request until the job is as wanted, is gone (null), or for `seconds` at most (-1 = as long as
 * allowed); `end` says why it is answered. The wait is opened before the job is read, so no change falls between;
 * a waiting request is an entry in a table and keeps nothing of the job.
 */
export async function holdUntil(
  service: Service,
  jobId: string,
  isOver: (job: Job) => boolean,
  seconds: number,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Held> {
  const { core, settings } = service;
  const longest = settings.waitSeconds;
  const startedMs = performance.now();
  const endMs = startedMs + Math.min(seconds < 0 ? longest : seconds, longest) * 1000;
  using waiter = core.events.waits.open(jobTopic, jobId, request.identity.name);
  const leave = () => waiter.cancel();
  whenAnswered(reply.raw, leave);
  try {
    for (;;) {
      const held = await heldWhenOver(service, jobId, isOver);
      if (held !== null) return held;
      const end = await waiter.changed(endMs - performance.now());
      if (end !== 'changed') return { job: await service.readTogether(jobId), end };
    }
  } finally {
    reply.raw.removeListener('close', leave);
    request.waitedMs += performance.now() - startedMs;
  }
}

interface Held {
  job: Job | null;
  end: WaitEnd;
}

/** Null when the wait goes on. A function of its own, since what a function has read stays with it while it waits. */
async function heldWhenOver(
  service: Service,
  jobId: string,
  isOver: (job: Job) => boolean,
): Promise<Held | null> {
  const job = await service.readTogether(jobId);
  return job === null || isOver(job) ? { job, end: 'changed' } : null;
}
