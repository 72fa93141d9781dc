import type { Command } from 'commander';
import type { BadMarked } from '../crds/catalogue/bad-files.ts';
import { formatColumns } from './columns.ts';
import { type OpenCore, withInstallation } from './open.ts';
import type { InstallationFlags } from './open-auth.ts';
import { withDatabase } from './open-panda.ts';

type MarkFlags = InstallationFlags & { reason: string; force?: true };

/** `orrery crds bad mark | unmark | list`. */
export function registerBadFiles(crds: Command, open: OpenCore): void {
  const bad = crds
    .command('bad')
    .description('Files that are scientifically wrong, and mappings that use them.');
  withInstallation(bad.command('mark'))
    .description('Mark files bad; mappings that use a bad mapping become bad with it.')
    .argument('<observatory>')
    .argument('<name...>')
    .requiredOption('--reason <text>', 'why, for those who find the file bad')
    .option('--force', 'also files that the latest context leads to')
    .action((observatory: string, names: string[], flags: MarkFlags) =>
      mark(open, observatory, names, flags),
    );
  withInstallation(bad.command('unmark'))
    .description('Take the marks back.')
    .argument('<observatory>')
    .argument('<name...>')
    .option('--reason <text>', 'why, for the audit trail', '')
    .action((observatory: string, names: string[], flags: MarkFlags) =>
      unmark(open, observatory, names, flags),
    );
  withInstallation(bad.command('list'))
    .description('List everything that is bad.')
    .argument('<observatory>')
    .action((observatory: string, flags: InstallationFlags) => list(open, observatory, flags));
}

async function mark(open: OpenCore, observatory: string, names: string[], flags: MarkFlags): Promise<void> {
  const { markBad } = await import('../crds/catalogue/bad-files.ts');
  const { reason, force = false } = flags;
  const result = await withDatabase(open, flags, (operate, actor) =>
    markBad(operate, { observatory, names, reason, force }, actor),
  );
  process.stdout.write(describe(result, 'marked bad', 'became bad by what they use'));
}

async function unmark(open: OpenCore, observatory: string, names: string[], flags: MarkFlags): Promise<void> {
  const { unmarkBad } = await import('../crds/catalogue/bad-files.ts');
  const result = await withDatabase(open, flags, (operate, actor) =>
    unmarkBad(operate, { observatory, names, reason: flags.reason }, actor),
  );
  process.stdout.write(describe(result, 'no longer marked bad', 'are good again'));
}

function describe({ changed, blacklisted }: BadMarked, what: string, follows: string): string {
  const lines = changed.map((name) => `${name} ${what}\n`);
  if (changed.length === 0) lines.push('nothing changed\n');
  if (blacklisted > 0) lines.push(`${blacklisted} mappings ${follows}\n`);
  return lines.join('');
}

async function list(open: OpenCore, observatory: string, flags: InstallationFlags): Promise<void> {
  const { badFilesOf } = await import('../crds/catalogue/bad-files.ts');
  const files = await withDatabase(open, flags, ({ db }) => badFilesOf(db.sql, observatory));
  process.stdout.write(
    formatColumns(
      ['FILE', 'WHY', 'STATE', 'REASON'],
      files.map((file) => [file.name, file.rejected ? 'marked' : 'uses a bad one', file.state, file.reason]),
    ),
  );
}
