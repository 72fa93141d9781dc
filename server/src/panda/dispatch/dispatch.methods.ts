import type { Core } from '../../core/core.ts';
import { needed, optional } from '../front/arguments.ts';
import type { Caller } from '../front/caller.ts';
import type { Fields } from '../front/fields.ts';
import {
  type LegacyAnswer,
  type LegacyMethod,
  refused,
  statusCodes,
  succeeded,
  type V1Answer,
  type V1Method,
} from '../front/method.ts';
import { acquireJobs } from './acquire.ts';
import { type Refusal, readLegacyRequest, readV1Request } from './request.ts';

const roleMessage = 'no production/pilot role in VOMS FQANs or non pilot owner';

/** What pilots are told: a queue that gives nothing out has, for them, no jobs. */
const legacyRefusals: Record<Refusal, { StatusCode: number; errorDialog: string }> = {
  role: { StatusCode: statusCodes.invalidRole, errorDialog: roleMessage },
  'timed-out': { StatusCode: statusCodes.timeOut, errorDialog: 'database timeout' },
  offline: { StatusCode: statusCodes.noJobs, errorDialog: 'no jobs in PanDA' },
  paused: { StatusCode: statusCodes.noJobs, errorDialog: 'no jobs in PanDA' },
  'nothing-fits': { StatusCode: statusCodes.noJobs, errorDialog: 'no jobs in PanDA' },
  gone: { StatusCode: statusCodes.noJobs, errorDialog: 'no jobs in PanDA' },
};

const v1Refusals: Record<Refusal, string> = {
  role: roleMessage,
  'timed-out': 'Timed out',
  offline: 'No jobs in PanDA',
  paused: 'No jobs in PanDA',
  'nothing-fits': 'No jobs in PanDA',
  gone: 'No jobs in PanDA',
};

/** `getJob`: the job's dictionary flat in the answer, or a list when the caller says how many it wants. */
async function getJob(core: Core, caller: Caller, fields: Fields): Promise<LegacyAnswer> {
  const acquired = await acquireJobs(core, caller, readLegacyRequest(fields));
  if ('refusal' in acquired) return { as: 'fields', value: legacyRefusals[acquired.refusal] };
  const { jobs } = acquired;
  const isBulk = fields.filled('nJobs') !== undefined;
  return { as: 'fields', value: isBulk ? { StatusCode: statusCodes.success, jobs } : (jobs[0] ?? {}) };
}

/** `acquire_jobs`: always a list. */
async function acquireV1(
  core: Core,
  caller: Caller,
  values: Readonly<Record<string, unknown>>,
): Promise<V1Answer> {
  const acquired = await acquireJobs(core, caller, readV1Request(values));
  if ('refusal' in acquired) return refused(v1Refusals[acquired.refusal]);
  return succeeded({ StatusCode: statusCodes.success, jobs: acquired.jobs });
}

export const dispatchLegacy: readonly LegacyMethod[] = [{ name: 'getJob', run: getJob }];

export const dispatchV1: readonly V1Method[] = [
  {
    module: 'pilot',
    name: 'acquire_jobs',
    verb: 'POST',
    // Users may have their own jobs, so the role is looked at inside (panda-server 1.0.3).
    role: 'secure',
    parameters: {
      site_name: needed('str'),
      timeout: optional('int', 60),
      memory: optional(['int', 'float']),
      disk_space: optional(['int', 'float']),
      prod_source_label: optional('str'),
      node: optional('str'),
      computing_element: optional('str'),
      prod_user_id: optional('str'),
      get_proxy_key: optional(['str', 'bool']),
      task_id: optional('int'),
      n_jobs: optional('int', 1),
      background: optional('bool'),
      resource_type: optional('str'),
      harvester_id: optional('str'),
      worker_id: optional('int'),
      scheduler_id: optional('str'),
      job_type: optional('str'),
      via_topic: optional('bool'),
      remaining_time: optional(['int', 'float']),
      // Ours: how many seconds the caller is content to wait for a job.
      wait: optional(['int', 'float']),
    },
    run: acquireV1,
  },
];
