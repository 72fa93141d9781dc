import { needed, optional } from '../front/arguments.ts';
import type { V1Method } from '../front/method.ts';
import { findJob, getSpecification, listFiles } from './job.store.ts';
import { rerunScript } from './rerun-script.ts';
import { maySee, sightOf } from './sight.ts';

/** The script that runs a job again; its answer is the bare text, or a text that begins with ERROR. */
export const scriptV1: readonly V1Method[] = [
  {
    module: 'job',
    name: 'generate_offline_execution_script',
    verb: 'GET',
    // Refusals are texts of this method's own.
    role: 'public',
    parameters: { job_id: needed('int'), days: optional('int') },
    async run({ db }, { identity, publicBase }, { job_id }) {
      const job = await findJob(db.sql, job_id as number);
      if (job === null || !maySee(sightOf(identity), job))
        return { bare: `ERROR: there is no job ${job_id} that you may see` };
      const [spec, files] = await Promise.all([
        getSpecification(db.sql, job.jobId),
        listFiles(db.sql, job.jobId),
      ]);
      return { bare: rerunScript(job, spec, files, publicBase) };
    },
  },
];
