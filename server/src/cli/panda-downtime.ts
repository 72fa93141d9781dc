import { type Command, Option } from 'commander';
import { parseDuration } from '../core/auth/index.ts';
import { AppError } from '../core/errors.ts';
import type { DowntimeWish } from '../panda/queues/downtimes.ts';
import { formatColumns, formatInstant } from './columns.ts';
import { type OpenCore, withInstallation } from './open.ts';
import type { InstallationFlags } from './open-auth.ts';
import { withDatabase } from './open-panda.ts';

const statuses = ['offline', 'paused', 'brokeroff', 'test'] as const;

interface AddFlags extends InstallationFlags {
  from?: string;
  to?: string;
  for?: string;
  status: DowntimeWish['status'];
  reason: string;
}

/** `orrery panda queue downtime NAME | downtimes | up NUMBER`: what a queue becomes for a while. */
export function registerDowntimes(queue: Command, open: OpenCore): void {
  withInstallation(queue.command('downtime'))
    .description('Announce a downtime and print its number.')
    .argument('<name>', 'the queue')
    .option('--from <instant>', 'when it begins, as 2026-12-24T08:00Z (default: now)')
    .option('--to <instant>', 'when it ends')
    .option('--for <duration>', 'how long it lasts, as 90m, 12h or 3d')
    .addOption(
      new Option('--status <status>', 'what the queue is meanwhile').choices(statuses).default('offline'),
    )
    .requiredOption('--reason <text>', 'why')
    .action((name: string, flags: AddFlags) => add(open, name, flags));
  withInstallation(queue.command('downtimes'))
    .description('List the downtimes that have not ended.')
    .action((flags: InstallationFlags) => list(open, flags));
  withInstallation(queue.command('up'))
    .description('End a downtime now, or take back one to come.')
    .argument('<number>', 'its number, from "downtimes"')
    .action((number: string, flags: InstallationFlags) => end(open, number, flags));
}

async function add(open: OpenCore, queue: string, flags: AddFlags): Promise<void> {
  const { addDowntime } = await import('../panda/queues/downtimes.ts');
  const startsAt = flags.from === undefined ? new Date() : instantOf(flags.from);
  if ((flags.to === undefined) === (flags.for === undefined)) {
    throw unclear('Say when the downtime ends: either --to or --for.');
  }
  const endsAt =
    flags.to === undefined
      ? new Date(startsAt.getTime() + parseDuration(flags.for ?? ''))
      : instantOf(flags.to);
  const { status, reason } = flags;
  const number = await withDatabase(open, flags, (context, actor) =>
    addDowntime(context, actor, { queue, startsAt, endsAt, status, reason }),
  );
  process.stdout.write(`${number}\n`);
}

async function list(open: OpenCore, flags: InstallationFlags): Promise<void> {
  const { listDowntimes } = await import('../panda/queues/downtimes.ts');
  const downtimes = await withDatabase(open, flags, ({ db }) => listDowntimes(db.sql));
  process.stdout.write(
    formatColumns(
      ['NUMBER', 'QUEUE', 'FROM', 'TO', 'STATUS', 'BY', 'REASON'],
      downtimes.map((one) => [
        String(one.downtimeId),
        one.queue,
        formatInstant(one.startsAt),
        formatInstant(one.endsAt),
        one.status,
        one.createdBy,
        one.reason,
      ]),
    ),
  );
}

async function end(open: OpenCore, number: string, flags: InstallationFlags): Promise<void> {
  const { endDowntime } = await import('../panda/queues/downtimes.ts');
  if (!/^\d{1,15}$/.test(number)) throw unclear(`"${number.slice(0, 40)}" is no number of a downtime.`);
  await withDatabase(open, flags, (context, actor) => endDowntime(context, actor, Number(number)));
}

/** Without a zone it is UTC, as everything this program prints. */
function instantOf(text: string): Date {
  const [, day, time = '00:00', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? [];
  const instant = new Date(`${day}T${time}${zone}`);
  if (Number.isNaN(instant.getTime())) throw unclear(`"${text.slice(0, 40)}" is no instant.`);
  return instant;
}

function unclear(sentence: string): AppError {
  return new AppError('invalid', 'cli.downtime-unclear', sentence, {
    next: 'For example: --from 2026-12-24T08:00Z --for 12h.',
  });
}
