import type { Command } from 'commander';
import { CommandFailure } from './failure.ts';
import { type OpenCore, withInstallation } from './open.ts';
import type { InstallationFlags } from './open-auth.ts';
import { untilInterrupted, withCrds } from './open-crds.ts';

interface PublishFlags extends InstallationFlags {
  observatory: string;
}

/** `orrery crds publish`: brings the folder of clients on a shared disk up to date now. */
export function registerPublish(crds: Command, open: OpenCore): void {
  withInstallation(crds.command('publish'))
    .description(
      'Bring the published folder of an observatory up to date now; a running server does it by itself.',
    )
    .requiredOption('--observatory <name>')
    .action((flags: PublishFlags) => publish(open, flags));
}

async function publish(open: OpenCore, flags: PublishFlags): Promise<void> {
  const { publishObservatory } = await import('../crds/publish/index.ts');
  const done = await untilInterrupted((signal) =>
    withCrds(open, flags, (core) => publishObservatory(core, flags.observatory, signal)),
  );
  if (done.outcome !== 'published') throw new CommandFailure('failed', done.problem);
  process.stdout.write(`${done.folder}: ${done.placed} files placed, ${done.there} were there.\n`);
}
