import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import { needed } from '../front/arguments.ts';
import type { Caller } from '../front/caller.ts';
import { isTextDeeperThan, maxDepth, tooDeep } from '../front/depth.ts';
import { refused, succeeded, type V1Answer, type V1Method } from '../front/method.ts';
import { jobRefused } from './fields.ts';
import type { NewJob } from './job.ts';
import { readJobState } from './read-job-state.ts';
import { submitJobs } from './submit.ts';

const mostJobs = 5000;

/** Direct submission, as panda-client's `submitJobs` does it; every refusal is an envelope. */
export const submitV1: readonly V1Method[] = [
  {
    module: 'job',
    name: 'submit',
    verb: 'POST',
    role: 'secure',
    parameters: { jobs: needed('str') },
    async run(core, caller, { jobs }) {
      try {
        return await submitStates(core, caller, String(jobs));
      } catch (error) {
        if (error instanceof AppError && error.status < 500) return refused(error.message);
        throw error;
      }
    },
  },
];

async function submitStates(core: Core, caller: Caller, text: string): Promise<V1Answer> {
  const { identity, name, vo } = caller;
  const maySubmit = vo === null ? identity.may('panda.submit') : identity.may('panda.submit', vo);
  if (!maySubmit) return refused(`${name} may not submit jobs`);
  const jobs = readStates(text);
  if (jobs.length === 0) return refused('No jobs were submitted');
  const vos = [...new Set(jobs.map((job) => job.vo ?? vo).filter((one) => one !== null))];
  const foreign = vos.find((one) => (identity.vo ?? one) !== one || !identity.may('panda.submit', one));
  if (foreign !== undefined) return refused(`${name} may not submit jobs of the VO ${foreign}`);
  // What a production role may ask for it may ask for jobs of its VO.
  const isProduction = caller.isProduction && vos.every((one) => identity.may('panda.production', one));
  const missing = jobs.find(({ label }) => label === 'managed' && !isProduction);
  if (missing !== undefined) {
    return refused(`${name} is missing production for prodSourceLabel=managed submission`);
  }
  const jobIds = await submitJobs(core, { name, accountId: identity.accountId, vo, isProduction }, jobs);
  return succeeded(
    jobIds.map((jobId, n) => [
      jobId,
      jobs[n]?.attributes.jobDefinitionID ?? null,
      { jobsetID: jobs[n]?.jobsetId ?? null },
    ]),
  );
}

function readStates(text: string): NewJob[] {
  if (isTextDeeperThan(text, maxDepth)) throw jobRefused(tooDeep, 'Send a list of jobs as JSON text.');
  let states: unknown;
  try {
    states = JSON.parse(text);
  } catch {
    throw jobRefused('Failed to deserialize jobs: jobs is not JSON.', 'Send a list of jobs as JSON text.');
  }
  if (!Array.isArray(states)) {
    throw jobRefused('Failed to deserialize jobs: jobs is not a list.', 'Send a list of jobs as JSON text.');
  }
  if (states.length > mostJobs) {
    throw jobRefused(`${states.length} jobs are too many: at most ${mostJobs} in one call.`, 'Send fewer.');
  }
  return states.map(readJobState);
}
