import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { AppError, messageOf } from '../core/errors.ts';
import { formatColumns, formatInstant } from './columns.ts';
import { type OpenCore, withInstallation } from './open.ts';
import { type InstallationFlags, withAuth } from './open-auth.ts';

interface SetFlags extends InstallationFlags {
  file?: string;
}

/** `orrery panda secret list | set | remove`: what pilots of jobs in debug mode are given. Values are never shown. */
export function registerSecrets(panda: Command, open: OpenCore): void {
  const secret = panda.command('secret').description('Secrets for the pilots of jobs in debug mode.');
  withInstallation(secret.command('list'))
    .description('List the keys; values are not shown.')
    .action((flags: InstallationFlags) => list(open, flags));
  withInstallation(secret.command('set'))
    .description('Set a secret. Its value is read from standard input, or from a file.')
    .argument('<key>', 'what pilots look for: logstash_login, logstash_password, …')
    .option('--file <file>', 'where the value is read from')
    .action((key: string, flags: SetFlags) => set(open, key, flags));
  withInstallation(secret.command('remove'))
    .description('Remove a secret.')
    .argument('<key>')
    .action(async (key: string, flags: InstallationFlags) => {
      const { removePilotSecret } = await import('../panda/creds/pilot-secrets.ts');
      await withAuth(open, flags, (context, actor) => removePilotSecret(context, actor, key));
    });
}

async function list(open: OpenCore, flags: InstallationFlags): Promise<void> {
  const { listPilotSecrets } = await import('../panda/creds/pilot-secrets.ts');
  const secrets = await withAuth(open, flags, ({ db }) => listPilotSecrets(db.sql));
  process.stdout.write(
    formatColumns(
      ['KEY', 'SET'],
      secrets.map(({ key, modifiedAt }) => [key, formatInstant(modifiedAt)]),
    ),
  );
}

async function set(open: OpenCore, key: string, flags: SetFlags): Promise<void> {
  const { setPilotSecret } = await import('../panda/creds/pilot-secrets.ts');
  const value = await readValue(flags);
  await withAuth(open, flags, (context, actor) => setPilotSecret(context, actor, key, value));
}

/** Not an argument: those stand in the list of processes. The line end that `echo` adds is not part of it. */
async function readValue({ file }: SetFlags): Promise<string> {
  try {
    const given = file === undefined ? await text(process.stdin) : await readFile(file, 'utf8');
    return given.replace(/\r?\n$/, '');
  } catch (error) {
    throw new AppError('invalid', 'panda.pilot-secret-unreadable', `${file}: ${messageOf(error)}`, {
      next: 'Name a file that can be read.',
    });
  }
}
