import type { Command } from 'commander';
import { createToken, listTokens, revokeToken, type TokenRow } from '../core/auth/index.ts';
import { formatColumns, formatInstant } from './columns.ts';
import { type OpenCore, withInstallation } from './open.ts';
import { type InstallationFlags, withAuth } from './open-auth.ts';

interface CreateFlags extends InstallationFlags {
  user: string;
  role: string[];
  expires: string;
  vo?: string;
  label?: string;
}

/** `orrery token create | list | revoke`: API tokens, while the server runs and while it does not. */
export function register(program: Command, open: OpenCore): void {
  const token = program.command('token').description('Make, list and revoke API tokens.');
  withInstallation(token.command('create'))
    .description('Make a token and print it, and nothing else, on standard output.')
    .requiredOption('--user <name>', 'the account it acts for')
    .option(
      '--role <role>',
      'what it may do, role or role:scope; may be repeated (default: all the account holds)',
      collect,
      [],
    )
    .option('--expires <duration>', 'how long it lives, for example 12h, 30d, 1y', '30d')
    .option('--vo <name>', 'the VO that is written into it')
    .option('--label <text>', 'what it is for')
    .action((flags: CreateFlags) => printNewToken(open, flags));
  withInstallation(token.command('list'))
    .description('List tokens; the tokens themselves are stored nowhere.')
    .option('--user <name>', 'of this account only')
    .action((flags: InstallationFlags & { user?: string }) => printTokens(open, flags));
  withInstallation(token.command('revoke'))
    .description('End a token; every process refuses it within two seconds.')
    .argument('<number>', 'its number, from the list')
    .action((tokenId: string, flags: InstallationFlags) =>
      withAuth(open, flags, (context, actor) => revokeToken(context, actor, tokenId)),
    );
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

async function printNewToken(open: OpenCore, flags: CreateFlags): Promise<void> {
  const token = await withAuth(open, flags, (context, actor) =>
    createToken(context, actor, {
      user: flags.user,
      roles: flags.role,
      expires: flags.expires,
      ...(flags.vo === undefined ? {} : { vo: flags.vo }),
      ...(flags.label === undefined ? {} : { label: flags.label }),
    }),
  );
  process.stdout.write(`${token}\n`);
}

async function printTokens(open: OpenCore, flags: InstallationFlags & { user?: string }): Promise<void> {
  const rows = await withAuth(open, flags, (context) => listTokens(context, flags.user));
  process.stdout.write(
    formatColumns(
      ['NUMBER', 'USER', 'MAY', 'VO', 'EXPIRES', 'USED', 'STATE', 'LABEL'],
      rows.map((row) => [
        row.tokenId,
        row.account,
        row.grants?.join(',') ?? 'all',
        row.vo,
        formatInstant(row.expiresAt),
        formatInstant(row.lastUsedAt),
        stateOf(row),
        row.label,
      ]),
    ),
  );
}

function stateOf(row: TokenRow): string {
  if (row.revokedAt !== null) return 'revoked';
  return row.isExpired ? 'expired' : 'good';
}
