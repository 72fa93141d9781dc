import type { Core } from '../../core/core.ts';
import { needed, optional } from '../front/arguments.ts';
import { type LegacyMethod, refused, statusCodes, succeeded, type V1Method } from '../front/method.ts';
import { listStatuses } from './status.store.ts';

/** More at once is no question of a pilot or of Harvester (which asks for hundreds). */
const mostIds = 10_000;
/** For how long a job that has ended is told as such to `checkJobStatus` (panda-server 1.0.3: one hour). */
const endedForMs = 3_600_000;

/** Numbers of jobs as texts; what is no number is 0, the number of no job. */
function readIds(texts: readonly string[]): number[] {
  return texts.map((text) => (/^\d{1,15}$/.test(text.trim()) ? Number(text) : 0));
}

async function statusesOf(core: Core, jobIds: readonly number[]): ReturnType<typeof listStatuses> {
  return listStatuses(
    core.db.sql,
    jobIds.filter((jobId) => jobId > 0),
  );
}

/** Status and command of each job, in the order asked; a pilot of a job that is not known has to end. */
async function commandsFor(
  core: Core,
  jobIds: readonly number[],
): Promise<Array<{ status: string; command: string | null }>> {
  const known = await statusesOf(core, jobIds);
  return jobIds.map((jobId) => {
    const job = known.get(jobId);
    const isForgotten = job?.archivedAt != null && job.archivedAt.getTime() < Date.now() - endedForMs;
    if (job === undefined || isForgotten) return { status: 'unknown', command: 'tobekilled' };
    return { status: job.status, command: job.command };
  });
}

/** The jobs a query names. One text may name many: Python's clients write a list as it is written there. */
function jobIdsOf(values: unknown): number[] {
  const texts = (values as readonly unknown[]).flatMap((one) => String(one).split(/[\s,[\]]+/));
  return readIds(texts.filter((word) => word !== ''));
}

export const statusLegacy: readonly LegacyMethod[] = [
  {
    // Always as a form: that is what its callers read.
    name: 'getStatus',
    async run(core, caller, fields) {
      if (!caller.isSecure) return { as: 'form', value: { StatusCode: statusCodes.invalidRole } };
      const jobIds = readIds((fields.text('ids') ?? '').split(/\s+/).filter((word) => word !== ''));
      if (jobIds.length > mostIds) return { as: 'form', value: { StatusCode: statusCodes.failed } };
      const known = await statusesOf(core, jobIds);
      const found = jobIds.map((jobId) => known.get(jobId));
      return {
        as: 'form',
        value: {
          StatusCode: statusCodes.success,
          status: found.map((job) => job?.status ?? 'notfound').join('+'),
          attemptNr: found.map((job) => job?.attempt ?? 0).join('+'),
        },
      };
    },
  },
  {
    name: 'checkJobStatus',
    async run(core, caller, fields) {
      if (!caller.isSecure) return { as: 'json', value: { StatusCode: statusCodes.invalidRole } };
      const jobIds = readIds((fields.text('ids') ?? '').split(',').filter((word) => word.trim() !== ''));
      if (jobIds.length > mostIds) return { as: 'json', value: { StatusCode: statusCodes.failed } };
      return {
        as: 'json',
        value: { StatusCode: statusCodes.success, data: await commandsFor(core, jobIds) },
      };
    },
  },
];

export const statusV1: readonly V1Method[] = [
  {
    module: 'pilot',
    name: 'get_job_status',
    verb: 'GET',
    role: 'secure',
    parameters: { job_ids: needed('list'), timeout: optional('int', 60) },
    async run(core, _caller, { job_ids }) {
      const jobIds = jobIdsOf(job_ids);
      if (jobIds.length > mostIds) return refused(`ask for ${mostIds} jobs at most`);
      const known = await statusesOf(core, jobIds);
      return succeeded(
        jobIds.map((jobId) => {
          const job = known.get(jobId);
          if (job === undefined) return { job_id: jobId, status: 'not found', attempt_number: 0 };
          return { job_id: jobId, status: job.status, attempt_number: job.attempt };
        }),
      );
    },
  },
  {
    // Harvester asks it of the jobs of its workers.
    module: 'job',
    name: 'get_status',
    verb: 'GET',
    role: 'secure',
    parameters: { job_ids: needed('list'), timeout: optional('int', 60) },
    async run(core, _caller, { job_ids }) {
      const jobIds = jobIdsOf(job_ids);
      if (jobIds.length > mostIds) return refused(`ask for ${mostIds} jobs at most`);
      return succeeded(await commandsFor(core, jobIds));
    },
  },
];
