import type { UwsJob } from '@orrery/contracts/uws';
import type { Command } from 'commander';
import { formatColumns } from './columns.ts';
import { jobPath, printable } from './job-address.ts';
import { formatBytes } from './progress.ts';
import { connectRemote, withServer } from './remote.ts';
import type { ServerFlags } from './server-address.ts';

/** `orrery uws show ID`: everything about one job. */
export function registerShow(uws: Command): void {
  withServer(uws.command('show'))
    .description('Show one job: its phases with their times, parameters, results, and why it is where it is.')
    .argument('<id>')
    .option('--json', 'print the JSON of the API')
    .action(async (jobId: string, flags: ServerFlags & { json?: boolean }) => {
      const path = jobPath(jobId);
      const remote = await connectRemote(flags);
      const job = await remote.json<UwsJob>('GET', path);
      process.stdout.write(flags.json === true ? `${JSON.stringify(job, null, 2)}\n` : formatJob(job));
    });
}

/** For people; each block is aligned for itself. */
export function formatJob(job: UwsJob): string {
  const facts: Array<[string, string | null]> = [
    ['definition', `${job.definition}, version ${job.definitionVersion}`],
    ['phase', job.phase],
    ['run id', job.runId],
    ['owner', job.owner],
    ['may run for', job.executionDuration === 0 ? 'unlimited' : `${job.executionDuration} s`],
    ['destroyed at', job.destruction],
    ['error', job.error],
    ['ran on', job.where?.host ?? job.where?.backend ?? null],
    ['now', job.promise?.now ?? null],
    ['next', job.promise?.next ?? null],
  ];
  const known = facts.filter((fact): fact is [string, string] => fact[1] !== null);
  const blocks = [
    formatColumns(
      ['job', job.id],
      known.map(([name, value]) => [name, printable(value, 400)]),
    ),
    formatColumns(
      ['PHASE', 'SINCE', 'WHY'],
      job.phases.map(({ phase, at, why }) => [phase, at, printable(why)]),
    ),
  ];
  if (job.parameters.length > 0) {
    blocks.push(
      formatColumns(
        ['PARAMETER', 'VALUE', 'FROM'],
        job.parameters.map(({ name, value, unit, isDefault }) => [
          name,
          `${printable(value)}${unit === null ? '' : ` ${unit}`}`,
          isDefault ? 'default' : 'caller',
        ]),
      ),
    );
  }
  if (job.results.length > 0) {
    blocks.push(
      formatColumns(
        ['RESULT', 'SIZE', 'TYPE', 'FILE'],
        job.results.map(({ name, sizeBytes, mediaType, fileName }) => [
          printable(name),
          formatBytes(sizeBytes),
          printable(mediaType),
          printable(fileName),
        ]),
      ),
    );
  }
  return blocks.join('\n');
}
