import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Job } from '../jobs/job.ts';
import { jobTopic } from '../jobs/jobs.store.ts';
import { isWaitable } from '../phases.ts';
import type { Service } from '../service.ts';
import type { WaitQuery } from './list-query.ts';

/**
 * Holds the request until the job's phase changes or the time is over, and gives the job as it then is. The wait
 * is opened before the job is read again, so no change falls between; a waiting request is an entry in a table.
 * Null = the job was deleted meanwhile.
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
  const { core, settings } = service;
  const longest = settings.waitSeconds;
  const startedMs = performance.now();
  const endMs = startedMs + Math.min(seconds < 0 ? longest : seconds, longest) * 1000;
  const gone = new AbortController();
  const leave = () => gone.abort();
  reply.raw.once('close', leave);
  using waiter = core.events.waits.open(jobTopic, job.jobId, request.identity.name);
  try {
    for (;;) {
      const present = await service.readTogether(job.jobId);
      if (present === null || present.phase !== job.phase) return present;
      const end = await waiter.changed(endMs - performance.now(), gone.signal);
      if (end !== 'changed') return end === 'cancelled' ? present : await service.readTogether(job.jobId);
    }
  } finally {
    reply.raw.removeListener('close', leave);
    request.waitedMs += performance.now() - startedMs;
  }
}
