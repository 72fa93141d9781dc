import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { findAccount, seedAdmin } from '../core/auth/index.ts';
import type { Core } from '../core/core.ts';
import { AppError, messageOf } from '../core/errors.ts';
import { installationOf, type OpenCore, withInstallation } from './open.ts';
import { commandLineActor, type InstallationFlags } from './open-auth.ts';
import { formatStory } from './panda-job-story.ts';

interface SubmitFlags extends InstallationFlags {
  queue?: string;
  user: string;
}

/** `orrery panda job submit | show`: jobs of this installation, whether the server runs or not. */
export function registerJob(panda: Command, open: OpenCore): void {
  const job = panda.command('job').description('Submit a job, and look at one.');
  withInstallation(job.command('submit'))
    .description(
      'Submit the job, or the list of jobs, of a JSON file; prints the PandaIDs, the last one last.',
    )
    .argument('<file>', 'the dictionary that a pilot would get; "-" reads standard input')
    .option('--queue <name>', 'the queue, when the file names none (default LOCAL)')
    .option('--user <name>', 'the account it is submitted for', 'admin')
    .action((file: string, flags: SubmitFlags) => submit(open, file, flags));
  withInstallation(job.command('show'))
    .description('Print how a job stands: state, reason, errors, files, history.')
    .argument('<id>', 'its PandaID')
    .option('--json', 'as JSON')
    .action((id: string, flags: InstallationFlags & { json?: boolean }) => show(open, id, flags));
}

async function submit(open: OpenCore, file: string, flags: SubmitFlags): Promise<void> {
  const given = await readJson(file);
  await withCore(open, flags, async (core) => {
    const { readJob, submitJobs } = await import('../panda/submit/index.ts');
    const account = await findAccount(core.db.sql, flags.user);
    if (account === null) {
      throw new AppError('missing', 'auth.account-unknown', `There is no account "${flags.user}".`, {
        next: 'Make it with "orrery user add".',
      });
    }
    const jobs = (Array.isArray(given) ? given : [given]).map((one) => readJob(one, flags.queue));
    const owner = {
      name: account.displayName,
      accountId: account.accountId,
      vo: null,
      isProduction: true,
      by: commandLineActor().name,
    };
    const jobIds = await submitJobs(core, owner, jobs);
    process.stdout.write(jobIds.map((jobId) => `${jobId}\n`).join(''));
  });
}

async function readJson(file: string): Promise<unknown> {
  try {
    const source: unknown = JSON.parse(await (file === '-' ? text(process.stdin) : readFile(file, 'utf8')));
    return source;
  } catch (error) {
    throw new AppError('invalid', 'panda.job-invalid', `${file}: ${messageOf(error)}`, {
      next: 'Give a JSON file with one job or a list of jobs.',
    });
  }
}

async function show(
  open: OpenCore,
  id: string,
  flags: InstallationFlags & { json?: boolean },
): Promise<void> {
  const { findJobStory } = await import('../panda/submit/index.ts');
  const { db, close } = await open(installationOf(flags));
  try {
    const story = /^\d{1,15}$/.test(id) ? await findJobStory(db.sql, Number(id)) : null;
    if (story === null) {
      throw new AppError('missing', 'panda.job-unknown', `There is no job ${id.slice(0, 20)}.`, {
        next: 'Job ids are the numbers that "submit" prints.',
      });
    }
    if (flags.json === true) {
      process.stdout.write(`${JSON.stringify(story, null, 1)}\n`);
      return;
    }
    process.stdout.write(formatStory(story));
  } finally {
    await close();
  }
}

/** Submitting takes more than a database: shares, queues and the tasks that follow. Nothing of it is started. */
async function withCore(
  open: OpenCore,
  flags: InstallationFlags,
  work: (core: Core) => Promise<void>,
): Promise<void> {
  const { db, config, log, close } = await open(installationOf(flags));
  try {
    const { buildCore } = await import('../core/build.ts');
    const { panda } = await import('../panda/index.ts');
    const core = await buildCore({ config, log, db, modules: [panda] });
    try {
      await seedAdmin(core.auth.context, config.admin);
      await panda.seed?.(core);
      await work(core);
    } finally {
      core.metrics.stop();
      await Promise.all([core.queue.stop(), core.threads.stop(), core.fetch.close(), core.events.stop()]);
    }
  } finally {
    await close();
  }
}
