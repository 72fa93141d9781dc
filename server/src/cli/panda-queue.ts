import { type Command, Option } from 'commander';
import type { Imported } from '../panda/queues/import-queues.ts';
import { type QueueStatus, queueStatuses } from '../panda/queues/queue-document.ts';
import { formatColumns, formatInstant } from './columns.ts';
import { readJsonFile } from './json-file.ts';
import { type OpenCore, withInstallation } from './open.ts';
import type { InstallationFlags } from './open-auth.ts';
import { withDatabase } from './open-panda.ts';
import { registerDowntimes } from './panda-downtime.ts';

type PutFlags = InstallationFlags & { status?: QueueStatus; why?: string };
type StatusFlags = InstallationFlags & { reason: string };

/** `orrery panda queue put | import | list | show | status`, and downtimes. */
export function registerQueues(panda: Command, open: OpenCore): void {
  const queue = panda.command('queue').description('Queues: what pilots work for.');
  withInstallation(queue.command('put'))
    .description('Make queues, or change their descriptions. A file holds one, named by its "nickname".')
    .argument('<file...>')
    .addOption(new Option('--status <status>', 'what it is to be now').choices(queueStatuses))
    .option('--why <text>', 'why it is changed')
    .action((files: string[], flags: PutFlags) => putFiles(open, files, flags));
  withInstallation(queue.command('import'))
    .description('Take queues from an export of CRIC: an object keyed by queue.')
    .argument('<file>')
    .action((file: string, flags: InstallationFlags) => importFile(open, file, flags));
  withInstallation(queue.command('list'))
    .description('List queues and what they are now.')
    .action((flags: InstallationFlags) => printQueues(open, flags));
  withInstallation(queue.command('show'))
    .description('Print the description of a queue as pilots read it.')
    .argument('<name>')
    .action((name: string, flags: InstallationFlags) => printQueue(open, name, flags));
  withInstallation(queue.command('status'))
    .description(`Set what a queue is: ${queueStatuses.join(', ')}.`)
    .argument('<name>')
    .addArgument(queue.createArgument('<status>').choices(queueStatuses))
    .requiredOption('--reason <text>', 'why, for those who find it like that')
    .action((name: string, status: QueueStatus, flags: StatusFlags) => set(open, name, status, flags));
  registerDowntimes(queue, open);
}

async function putFiles(open: OpenCore, files: readonly string[], flags: PutFlags): Promise<void> {
  const { putQueue } = await import('../panda/queues/queues.ts');
  const { readQueue } = await import('../panda/queues/read-queue.ts');
  const descriptions = await Promise.all(files.map(readJsonFile));
  // All of them or none: a file that is wrong is found before the first is stored.
  for (const description of descriptions) readQueue(description);
  await withDatabase(open, flags, async (context, actor) => {
    const { status, why } = flags;
    const options = { ...(status === undefined ? {} : { status }), ...(why === undefined ? {} : { why }) };
    for (const description of descriptions) {
      const { name, version, outcome } = await putQueue(context, actor, description, options);
      process.stdout.write(`${name} version ${version} ${outcome}\n`);
    }
  });
}

async function importFile(open: OpenCore, file: string, flags: InstallationFlags): Promise<void> {
  const { importQueues } = await import('../panda/queues/import-queues.ts');
  const value = await readJsonFile(file);
  const imported = await withDatabase(open, flags, (context, actor) => importQueues(context, actor, value));
  process.stdout.write(describeImport(imported));
  if (imported.refused.length > 0) process.exitCode = 1;
}

function describeImport({ made, changed, unchanged, refused }: Imported): string {
  const counts = `${made.length} made, ${changed.length} changed, ${unchanged.length} unchanged, ${refused.length} refused\n`;
  return counts + refused.map(({ queue, faults }) => `${queue}: ${faults.join('; ')}\n`).join('');
}

async function printQueues(open: OpenCore, flags: InstallationFlags): Promise<void> {
  const { listQueues } = await import('../panda/queues/queues.store.ts');
  const queues = await withDatabase(open, flags, ({ db }) => listQueues(db.sql));
  process.stdout.write(
    formatColumns(
      ['QUEUE', 'STATUS', 'SINCE', 'SITE', 'VO', 'VERSION', 'REASON'],
      queues.map((queue) => [
        queue.queue,
        queue.status,
        formatInstant(queue.statusSince),
        queue.site,
        queue.vo,
        String(queue.version),
        queue.statusReason,
      ]),
    ),
  );
}

async function printQueue(open: OpenCore, name: string, flags: InstallationFlags): Promise<void> {
  const { listQueues } = await import('../panda/queues/queues.store.ts');
  const { flatQueue } = await import('../panda/queues/queues.wire.ts');
  const { queueUnknown } = await import('../panda/queues/errors.ts');
  const queues = await withDatabase(open, flags, ({ db }) => listQueues(db.sql));
  const queue = queues.find((one) => one.queue === name);
  if (queue === undefined) throw queueUnknown(name);
  process.stdout.write(`${JSON.stringify(flatQueue(queue), null, 2)}\n`);
}

async function set(open: OpenCore, name: string, status: QueueStatus, flags: StatusFlags): Promise<void> {
  const { setStatus } = await import('../panda/queues/queues.ts');
  await withDatabase(open, flags, (context, actor) => setStatus(context, actor, name, status, flags.reason));
}
