import type { Core } from '../../core/core.ts';
import { needed, optional } from '../front/arguments.ts';
import type { Caller } from '../front/caller.ts';
import type { V1Method } from '../front/method.ts';
import { findJob, getSpecification, listFiles } from './job.store.ts';
import { rerunScript } from './rerun-script.ts';
import { maySee, sightOf } from './sight.ts';

/** The script that runs a job again, or a text that begins with ERROR. */
export async function rerunText(
  { db }: Core,
  { identity, publicBase }: Caller,
  jobId: number,
): Promise<string> {
  const job = await findJob(db.sql, jobId);
  if (job === null || !maySee(sightOf(identity), job)) {
    return `ERROR: there is no job ${jobId} that you may see`;
  }
  const [spec, files] = await Promise.all([getSpecification(db.sql, jobId), listFiles(db.sql, jobId)]);
  return rerunScript(job, spec, files, publicBase);
}

/** Its answer is the bare text. All jobs there are are looked at, however many days. */
export const scriptV1: readonly V1Method[] = [
  {
    module: 'job',
    name: 'generate_offline_execution_script',
    verb: 'GET',
    // Refusals are texts of this method's own.
    role: 'public',
    parameters: { job_id: needed('int'), days: optional('int') },
    run: async (core, caller, { job_id }) => ({ bare: await rerunText(core, caller, job_id as number) }),
  },
];
