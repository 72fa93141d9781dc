import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import {
  createAccount,
  formatGrant,
  grantRole,
  listAccounts,
  resetPassword,
  revokeGrant,
  setDisabled,
} from '../core/auth/index.ts';
import { formatColumns, formatInstant } from './columns.ts';
import { type OpenCore, withInstallation } from './open.ts';
import { type InstallationFlags, withAuth } from './open-auth.ts';

interface AddFlags extends InstallationFlags {
  role: string[];
  displayName?: string;
  passwordStdin?: boolean;
}

/** `orrery user add | list | grant | revoke | disable | enable | password`: accounts and what they hold. */
export function register(program: Command, open: OpenCore): void {
  const user = program.command('user').description('Make and change accounts.');
  withInstallation(user.command('add'))
    .description('Make an account. Without a password it is used by API tokens only.')
    .argument('<name>')
    .option('--role <role>', 'role or role:scope; may be repeated', collect, [])
    .option('--display-name <text>', 'name as others see it')
    .option('--password-stdin', 'read the password from standard input; it is changed at the first sign-in')
    .action((name: string, flags: AddFlags) => addUser(open, name, flags));
  withInstallation(user.command('list'))
    .description('List accounts and what they hold.')
    .action((flags: InstallationFlags) => printUsers(open, flags));
  withInstallation(user.command('password'))
    .description(
      'Set a password, which is changed at the next sign-in; prints a random one unless one is given.',
    )
    .argument('<name>')
    .option('--password-stdin', 'read it from standard input')
    .action((name: string, flags: AddFlags) => setPassword(open, name, flags));
  registerChanges(user, open);
}

function registerChanges(user: Command, open: OpenCore): void {
  for (const [verb, change, what] of [
    ['grant', grantRole, 'Give an account a role, in one scope or everywhere.'],
    ['revoke', revokeGrant, 'Take a role away.'],
  ] as const) {
    withInstallation(user.command(verb))
      .description(what)
      .argument('<name>')
      .argument('<role>', 'role or role:scope')
      .action(async (name: string, role: string, flags: InstallationFlags) => {
        await withAuth(open, flags, (context, actor) => change(context, actor, name, role));
      });
  }
  for (const [verb, disabled, what] of [
    ['disable', true, 'Close an account: no sign-in, no token of it is accepted, its sessions end.'],
    ['enable', false, 'Open an account again.'],
  ] as const) {
    withInstallation(user.command(verb))
      .description(what)
      .argument('<name>')
      .action(async (name: string, flags: InstallationFlags) => {
        await withAuth(open, flags, (context, actor) => setDisabled(context, actor, name, disabled));
      });
  }
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

/** One line; the line end that `echo` adds is not part of it. */
async function readPassword(flags: { passwordStdin?: boolean }): Promise<{ password?: string }> {
  if (flags.passwordStdin !== true) return {};
  return { password: (await text(process.stdin)).replace(/\r?\n$/, '') };
}

async function addUser(open: OpenCore, name: string, flags: AddFlags): Promise<void> {
  const password = await readPassword(flags);
  await withAuth(open, flags, (context, actor) =>
    createAccount(context, actor, {
      name,
      roles: flags.role,
      ...(flags.displayName === undefined ? {} : { displayName: flags.displayName }),
      ...password,
    }),
  );
}

async function setPassword(open: OpenCore, name: string, flags: AddFlags): Promise<void> {
  const given = await readPassword(flags);
  const password = await withAuth(open, flags, (context, actor) =>
    resetPassword(context, actor, name, given.password),
  );
  if (given.password === undefined) process.stdout.write(`${password}\n`);
}

async function printUsers(open: OpenCore, flags: InstallationFlags): Promise<void> {
  const accounts = await withAuth(open, flags, (context) => listAccounts(context.db.sql, { limit: 10_000 }));
  process.stdout.write(
    formatColumns(
      ['NAME', 'HOLDS', 'SINCE', 'STATE', 'DISPLAY NAME'],
      accounts.map((account) => [
        account.name,
        account.grants.map(formatGrant).join(','),
        formatInstant(account.createdAt),
        account.disabledAt === null ? 'open' : 'closed',
        account.displayName,
      ]),
    ),
  );
}
