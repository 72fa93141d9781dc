import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { CommandFailure } from './failure.ts';
import { type OpenCore, withInstallation } from './open.ts';
import type { InstallationFlags } from './open-auth.ts';
import { withDatabase } from './open-panda.ts';
import { formatBytes } from './progress.ts';

interface MirrorFlags extends InstallationFlags {
  observatory: string;
  references?: 'asked' | 'latest' | 'all';
  every?: string;
}

interface SyncFlags extends InstallationFlags {
  observatory: string;
  wait?: string;
}

/** `orrery crds mirror URL|off` and `orrery crds sync`. */
export function registerMirror(crds: Command, open: OpenCore): void {
  withInstallation(crds.command('mirror'))
    .description(
      'Show the rules and references of another CRDS server here too; "off" ends it and keeps what came.',
    )
    .argument('<upstream>', 'base address of the server, https://crds.example.org/hst, or off')
    .requiredOption('--observatory <name>', 'observatory that mirrors; made when it is not there')
    .addOption(
      new Option('--references <which>', 'which references come before they are asked for').choices([
        'asked',
        'latest',
        'all',
      ]),
    )
    .option('--every <seconds>', 'how often the server is asked for what is new')
    .action((upstream: string, flags: MirrorFlags) => mirror(open, upstream, flags));
  withInstallation(crds.command('sync'))
    .description(
      'Ask the upstream server of a mirror now, and say how the mirror stands. The server must run.',
    )
    .requiredOption('--observatory <name>', 'observatory that mirrors')
    .option('--wait <seconds>', 'wait so long for the answer', '60')
    .action((flags: SyncFlags) => sync(open, flags));
}

async function mirror(open: OpenCore, upstream: string, flags: MirrorFlags): Promise<void> {
  const { listObservatories, putObservatory } = await import('../crds/observatory/observatory.ts');
  const { observatory, references, every } = flags;
  const outcome = await withDatabase(open, flags, async (context, actor) => {
    const known = (await listObservatories(context.db.sql)).find((one) => one.observatory === observatory);
    const settings = {
      ...known?.settings,
      mirror: {
        ...known?.settings.mirror,
        upstream: upstream === 'off' ? '' : upstream,
        ...(references === undefined ? {} : { references }),
        ...(every === undefined ? {} : { everySeconds: Number(every) }),
      },
    };
    return await putObservatory(context, { observatory, settings }, actor);
  });
  process.stdout.write(`${observatory} ${outcome}\n`);
}

/** How often the database is looked at while waiting. */
const everyMs = 500;

async function sync(open: OpenCore, flags: SyncFlags): Promise<void> {
  const { askNow, mirrorOverviewOf } = await import('../crds/mirror/index.ts');
  const { observatory } = flags;
  const seconds = Number(flags.wait);
  if (!(seconds >= 0 && seconds <= 86_400))
    throw new CommandFailure('usage', '--wait is a number of seconds, at most 86400.');
  const overview = await withDatabase(open, flags, async ({ db }) => {
    const before = await mirrorOverviewOf(db.sql, observatory);
    if (before === null || !(await askNow(db.sql, observatory))) {
      throw new CommandFailure(
        'failed',
        `${observatory} mirrors nobody yet; "orrery crds mirror URL --observatory ${observatory}" begins it, and the server looks within seconds.`,
      );
    }
    const until = performance.now() + seconds * 1000;
    for (let now = before; ; now = (await mirrorOverviewOf(db.sql, observatory)) ?? now) {
      if (now.askedAt?.getTime() !== before.askedAt?.getTime() || performance.now() > until) return now;
      await sleep(everyMs);
    }
  });
  const { counts, message, state } = overview;
  process.stdout.write(
    `${message}\n${counts.held} files are here (${formatBytes(counts.bytesHeld)}), ${counts.upstream} with the upstream server only, ${counts.failed} could not be had.\n`,
  );
  if (state === 'bad') throw new CommandFailure('failed', 'The mirror is not whole.');
}
