import type { UwsJob } from '@orrery/contracts/uws';
import type { Command } from 'commander';
import { jobPath } from './job-address.ts';
import { connectRemote, withServer } from './remote.ts';
import type { ServerFlags } from './server-address.ts';

/** `orrery uws abort ID…`: stops jobs; what they wrote so far is kept. A job that has ended stays as it is. */
export function registerAbort(uws: Command): void {
  withServer(uws.command('abort'))
    .description('Stop jobs. What they wrote so far is kept; a job that has ended stays as it is.')
    .argument('<id...>')
    .action(async (jobIds: string[], flags: ServerFlags) => {
      const paths = jobIds.map((jobId) => jobPath(jobId, '/phase'));
      const remote = await connectRemote(flags);
      for (const path of paths) {
        const { id, phase } = await remote.json<UwsJob>('POST', path, { json: { phase: 'ABORT' } });
        process.stdout.write(`${id} ${phase}\n`);
      }
    });
}
