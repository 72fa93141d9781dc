import { once } from 'node:events';
import type { Command } from 'commander';
import { exitCodeOf, followPhases, isFinal, onInterrupt, phasePrinter } from './follow-job.ts';
import { followLog } from './follow-log.ts';
import { jobPath } from './job-address.ts';
import { connectRemote, withServer } from './remote.ts';
import type { ServerFlags } from './server-address.ts';

/** `orrery uws watch ID`: phases and log as they come, to the end of the job. */
export function registerWatch(uws: Command): void {
  withServer(uws.command('watch'))
    .description(
      'Follow a job to its end: what it prints on standard output, its phases and errors on standard error. Ctrl-C leaves the job alone.',
    )
    .argument('<id>')
    .option('--no-log', 'phases only')
    .action(watch);
}

async function watch(jobId: string, flags: ServerFlags & { log: boolean }): Promise<void> {
  jobPath(jobId);
  const remote = await connectRemote(flags);
  onInterrupt(`The job goes on: orrery uws watch ${jobId}\n`);
  const print = phasePrinter();
  const ended = new AbortController();
  let logs: Promise<unknown> | undefined;
  for await (const job of followPhases(remote, jobId)) {
    print(job);
    if (isFinal(job)) ended.abort();
    process.exitCode = exitCodeOf(job);
    if (!flags.log || logs !== undefined || (job.startedAt === null && !isFinal(job))) continue;
    logs = Promise.all([
      followLog(remote, jobId, 'stdout', ended.signal, writerTo(process.stdout)),
      followLog(remote, jobId, 'stderr', ended.signal, writerTo(process.stderr)),
    ]);
    logs.catch(() => {}); // told below
  }
  await logs;
}

/** Waits for a reader that is slower than the server. */
function writerTo(stream: NodeJS.WriteStream): (text: string) => Promise<void> {
  return async (text) => {
    if (!stream.write(text)) await once(stream, 'drain');
  };
}
