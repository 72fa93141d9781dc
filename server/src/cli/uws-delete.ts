import type { Command } from 'commander';
import { jobPath } from './job-address.ts';
import { connectRemote, withServer } from './remote.ts';
import type { ServerFlags } from './server-address.ts';

/** `orrery uws delete ID…`: jobs and their results are gone; what runs is stopped first. */
export function registerDelete(uws: Command): void {
  withServer(uws.command('delete'))
    .description('Delete jobs with their results, for good. What still runs is stopped.')
    .argument('<id...>')
    .action(async (jobIds: string[], flags: ServerFlags) => {
      const paths = jobIds.map((jobId) => jobPath(jobId));
      const remote = await connectRemote(flags);
      for (const path of paths) await remote.json('DELETE', path);
    });
}
