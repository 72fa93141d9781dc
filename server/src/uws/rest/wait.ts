import type { FastifyReply, FastifyRequest } from 'fastify';
import type { WaitEnd } from '../../core/events/index.ts';
import { whenAnswered } from '../../core/http/index.ts';
import type { Job } from '../jobs/job.ts';
import { jobTopic } from '../jobs/jobs.store.ts';
import { isWaitable } from '../phases.ts';
import type { Service } from '../service.ts';
import type { WaitQuery } from './list-query.ts';

/**
 * Holds the request until the job's phase changes or the time is over, and gives the job as it then is. Null =
 * the job was deleted meanwhile.
 */
export async function waitForChange(
  service: Service,
  job: Job,
  { seconds, phase }: WaitQuery,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Job | null> {
  if (seconds === null || seconds === 0 || !isWaitable(job.phase)) return job;
  if (phase !== null && phase !== job.phase) return job;
  const isOver = (present: Job) => present.phase !== job.phase;
  const { job: present } = await holdUntil(service, job.jobId, isOver, seconds, request, reply);
  return present;
}

/**
 * Holds the request until the job is as wanted, is gone (null), or for `seconds` at most (-1 = as long as
 * allowed); `end` says why it is answered. The wait is opened before the job is read, so no change falls between;
 * a waiting request is an entry in a table.
 */
export async function holdUntil(
  service: Service,
  jobId: string,
  isOver: (job: Job) => boolean,
  seconds: number,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<{ job: Job | null; end: WaitEnd }> {
  const { core, settings } = service;
  const longest = settings.waitSeconds;
  const startedMs = performance.now();
  const endMs = startedMs + Math.min(seconds < 0 ? longest : seconds, longest) * 1000;
  const gone = new AbortController();
  const leave = () => gone.abort();
  whenAnswered(reply.raw, leave);
  using waiter = core.events.waits.open(jobTopic, jobId, request.identity.name);
  try {
    for (;;) {
      const job = await service.readTogether(jobId);
      if (job === null || isOver(job)) return { job, end: 'changed' };
      const end = await waiter.changed(endMs - performance.now(), gone.signal);
      if (end === 'cancelled') return { job, end };
      if (end !== 'changed') return { job: await service.readTogether(jobId), end };
    }
  } finally {
    reply.raw.removeListener('close', leave);
    request.waitedMs += performance.now() - startedMs;
  }
}
