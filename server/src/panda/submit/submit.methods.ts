import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import { needed } from '../front/arguments.ts';
import type { Caller } from '../front/caller.ts';
import { whyNotRead } from '../front/depth.ts';
import { looksLikeJson } from '../front/job-ids.ts';
import { type LegacyMethod, refused, succeeded, type V1Method } from '../front/method.ts';
import { PickleError, readApart, Tuple } from '../front/pickle/index.ts';
import { jobRefused } from './fields.ts';
import type { NewJob } from './job.ts';
import { readJobState } from './read-job-state.ts';
import { submitJobs, usualVo } from './submit.ts';

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
        const submitted = await submitStates(core, caller, statesOfJson(String(jobs)));
        return succeeded(
          submitted.map(({ jobId, definition, jobsetId }) => [jobId, definition, { jobsetID: jobsetId }]),
        );
      } catch (error) {
        if (error instanceof AppError && error.status < 500) return refused(error.message);
        throw error;
      }
    },
  },
];

/** The same of panda-client before 1.6: jobs are pickled, or JSON; every refusal is a text that begins with ERROR. */
export const submitLegacy: readonly LegacyMethod[] = [
  {
    name: 'submitJobs',
    async run(core, caller, fields) {
      if (!caller.isSecure) return { as: 'text', text: 'False' };
      try {
        const bytes = fields.bytes('jobs') ?? Buffer.alloc(0);
        const states = looksLikeJson(bytes)
          ? statesOfJson(bytes.toString())
          : await statesOfPickle(core, bytes);
        const submitted = await submitStates(core, caller, states);
        const value = submitted.map(
          ({ jobId, definition, jobsetId }) => new Tuple(jobId, definition, { jobsetID: jobsetId }),
        );
        return { as: 'pickle', value };
      } catch (error) {
        if (!(error instanceof AppError) || error.status >= 500) throw error;
        return { as: 'text', text: `ERROR: ${error.message}` };
      }
    },
  },
];

/** A job that was submitted, as clients are told of it. */
interface Submitted {
  jobId: number;
  /** The number that the client gave it. */
  definition: unknown;
  jobsetId: number | null;
}

/** Throws `panda.job-invalid`, `panda.submit-refused` and `panda.queue-unknown`. */
async function submitStates(core: Core, caller: Caller, states: readonly unknown[]): Promise<Submitted[]> {
  const { identity, name, vo } = caller;
  const maySubmit = vo === null ? identity.may('panda.submit') : identity.may('panda.submit', vo);
  if (!maySubmit) throw notAllowed(`${name} may not submit jobs`);
  const jobs = readStates(states);
  const usual = usualVo(core, vo);
  const vos = [...new Set(jobs.map((job) => job.vo ?? usual))];
  const foreign = vos.find((one) => (identity.vo ?? one) !== one || !identity.may('panda.submit', one));
  if (foreign !== undefined) throw notAllowed(`${name} may not submit jobs of the VO ${foreign}`);
  // What a production role may ask for it may ask for jobs of its VO.
  const isProduction = vos.every((one) => caller.producesFor(one));
  const missing = jobs.find(({ label }) => label === 'managed' && !isProduction);
  if (missing !== undefined) {
    throw notAllowed(`${name} is missing production for prodSourceLabel=managed submission`);
  }
  const jobIds = await submitJobs(core, { name, accountId: identity.accountId, vo, isProduction }, jobs);
  return jobs.map(({ attributes, jobsetId }, n) => ({
    jobId: jobIds[n] as number,
    definition: attributes.jobDefinitionID ?? null,
    jobsetId,
  }));
}

function notAllowed(sentence: string): AppError {
  return new AppError('forbidden', 'panda.submit-refused', sentence, {
    next: 'Use a token that has the role.',
  });
}

function readStates(states: readonly unknown[]): NewJob[] {
  if (states.length === 0) throw jobRefused('No jobs were submitted', 'Send at least one.');
  if (states.length > mostJobs) {
    throw jobRefused(`${states.length} jobs are too many: at most ${mostJobs} in one call.`, 'Send fewer.');
  }
  return states.map(readJobState);
}

const sendList = 'Send a list of jobs, pickled or as JSON text.';

function statesOfJson(text: string): unknown[] {
  const excess = whyNotRead(text);
  if (excess !== null) throw jobRefused(excess, sendList);
  let states: unknown;
  try {
    states = JSON.parse(text);
  } catch {
    throw jobRefused('Failed to deserialize jobs: jobs is not JSON.', sendList);
  }
  if (!Array.isArray(states)) throw jobRefused('Failed to deserialize jobs: jobs is not a list.', sendList);
  return states;
}

async function statesOfPickle(core: Core, bytes: Buffer): Promise<unknown[]> {
  try {
    const states = await readApart(core.threads, bytes);
    if (Array.isArray(states)) return states;
  } catch (error) {
    if (!(error instanceof PickleError)) throw error;
    throw jobRefused(`Failed to deserialize jobs: ${error.message}`, sendList);
  }
  throw jobRefused('Failed to deserialize jobs: jobs is not a list.', sendList);
}
