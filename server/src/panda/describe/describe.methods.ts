import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import { mapInTurns } from '../../core/turns.ts';
import { rerunText } from '../api/script.methods.ts';
import { sightOf } from '../api/sight.ts';
import { needed } from '../front/arguments.ts';
import type { Caller } from '../front/caller.ts';
import type { Fields } from '../front/fields.ts';
import { jobIdOf, jobIdsIn } from '../front/job-ids.ts';
import { type LegacyAnswer, type LegacyMethod, refused, succeeded, type V1Method } from '../front/method.ts';
import { Tuple } from '../front/pickle/index.ts';
import { describeJobs, describeMetadata, mostDescribed } from './describe.ts';
import { type DescribedJob, flatDictionary, specDictionary, specObject, specState } from './job-spec.ts';

async function askedFor(core: Core, caller: Caller, fields: Fields): Promise<Array<DescribedJob | null>> {
  return await describeJobs(core, sightOf(caller.identity), await jobIdsIn(core, fields, 'ids'));
}

/** As pickle, or as JSON without files for who accepts JSON. */
async function pickleOf(jobs: ReadonlyArray<DescribedJob | null>): Promise<LegacyAnswer> {
  return {
    as: 'pickle',
    value: await mapInTurns(jobs, (job) => (job === null ? null : specObject(job))),
    orJson: () => jobs.map((job) => (job === null ? null : flatDictionary(job))),
  };
}

export const describeLegacy: readonly LegacyMethod[] = [
  {
    name: 'getJobStatus',
    async run(core, caller, fields) {
      const jobs = await askedFor(core, caller, fields);
      if (!fields.flag('no_pickle')) return await pickleOf(jobs);
      // As text, since its readers take it apart themselves.
      const written = await mapInTurns(jobs, (job) => JSON.stringify(job === null ? null : specState(job)));
      return { as: 'text', text: `[${written.join(',')}]` };
    },
  },
  {
    name: 'getFullJobStatus',
    async run(core, caller, fields) {
      if (!caller.isSecure) return { as: 'text', text: 'False' };
      return await pickleOf(await askedFor(core, caller, fields));
    },
  },
  {
    name: 'getUserJobMetadata',
    async run(core, caller, fields) {
      const taskId = fields.integer('jediTaskID');
      if (taskId === undefined)
        return { as: 'pickle', value: new Tuple(false, 'jediTaskID must be an integer') };
      return { as: 'json', value: await describeMetadata(core, sightOf(caller.identity), taskId) };
    },
  },
  {
    name: 'getScriptOfflineRunning',
    async run(core, caller, fields) {
      return { as: 'text', text: await rerunText(core, caller, fields.integer('pandaID') ?? 0) };
    },
  },
];

function description(name: string): V1Method {
  return {
    module: 'job',
    name,
    verb: 'any',
    role: 'secure',
    parameters: { job_ids: needed('list') },
    async run(core, { identity }, { job_ids }) {
      const jobIds = (job_ids as readonly unknown[]).map(jobIdOf);
      try {
        const jobs = await describeJobs(core, sightOf(identity), jobIds);
        const data = await mapInTurns(jobs, (job) => (job === null ? null : specDictionary(job)));
        const isCut = jobIds.length > mostDescribed;
        return succeeded(data, isCut ? `only the first ${mostDescribed} jobs are described` : '');
      } catch (error) {
        if (error instanceof AppError && error.code === 'panda.answer-too-large') {
          return refused(`${error.message} ${error.next}`);
        }
        throw error;
      }
    },
  };
}

export const describeV1: readonly V1Method[] = [
  // There is one archive: both look at all jobs there are.
  description('get_description'),
  description('get_description_incl_archive'),
  {
    module: 'job',
    name: 'get_metadata_for_analysis_jobs',
    verb: 'GET',
    role: 'secure',
    parameters: { task_id: needed('int') },
    async run(core, { identity }, { task_id }) {
      const metadata = await describeMetadata(core, sightOf(identity), task_id as number);
      return succeeded(metadata, Object.keys(metadata).length === 0 ? 'No metadata found' : '');
    },
  },
];
