import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { UwsJob, UwsResult } from '@orrery/contracts/uws';
import type { Command } from 'commander';
import { CommandFailure } from './failure.ts';
import { jobPath, printable } from './job-address.ts';
import { connectRemote, withServer } from './remote.ts';
import { downloadResult } from './result-download.ts';
import type { ServerFlags } from './server-address.ts';

interface GetFlags extends ServerFlags {
  output?: string;
  force?: boolean;
}

/** `orrery uws get ID [RESULT…]`: results as files, verified. */
export function registerGet(uws: Command): void {
  withServer(uws.command('get'))
    .description(
      'Download results of a job and print the paths. What was broken off goes on where it was; every file is compared with its SHA-256.',
    )
    .argument('<id>')
    .argument('[result...]', 'names of results (default: all)')
    .option('-o, --output <folder>', 'where they go (default: a folder named by the job)')
    .option('--force', 'replace files that are there and differ')
    .action(getResults);
}

async function getResults(jobId: string, names: string[], flags: GetFlags): Promise<void> {
  const address = jobPath(jobId);
  const remote = await connectRemote(flags);
  const job = await remote.json<UwsJob>('GET', address);
  const wanted = chooseResults(job, names);
  const folder = flags.output ?? jobId;
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new CommandFailure('usage', `${folder} cannot be made.`, 'Choose another folder with -o.', cause);
  }
  for (const result of wanted) {
    const from = jobPath(jobId, `/results/${encodeURIComponent(result.name)}`);
    await downloadResult(remote, from, result, folder, { mayReplace: flags.force === true });
    process.stdout.write(`${path.join(folder, result.fileName)}\n`);
  }
}

function chooseResults(job: UwsJob, names: readonly string[]): UwsResult[] {
  if (names.length === 0) {
    if (job.results.length > 0) return job.results;
    throw new CommandFailure(
      'missing',
      `The job is ${job.phase} and has no results.`,
      `See why with "orrery uws show ${job.id}".`,
    );
  }
  return names.map((name) => {
    const result = job.results.find((each) => each.name === name);
    if (result !== undefined) return result;
    const known = job.results.map((each) => printable(each.name)).join(', ');
    throw new CommandFailure(
      'missing',
      `The job, which is ${job.phase}, has no result "${printable(name)}".`,
      known === '' ? 'It has none.' : `It has: ${known}.`,
    );
  });
}
