import { Command, CommanderError } from 'commander';
import { AppError, messageOf } from '../core/errors.ts';
import { version } from '../version.ts';
import { CommandFailure } from './failure.ts';
import { type OpenCore, openDatabase } from './open.ts';

type Register = (program: Command, open: OpenCore) => void;

/** Commands by name; each is loaded when it is asked for, since start-up time is part of the product. */
const commands: Record<string, () => Promise<{ register: Register }>> = {
  serve: () => import('./serve.ts'),
  token: () => import('./token.ts'),
  user: () => import('./user.ts'),
  audit: () => import('./audit.ts'),
  panda: () => import('./panda.ts'),
  crds: () => import('./crds.ts'),
  uws: () => import('./uws.ts'),
  routes: () => import('./routes.ts'),
  backup: () => import('./backup.ts'),
  restore: () => import('./restore.ts'),
  migrate: () => import('./migrate.ts'),
  pilot: () => import('./pilot.ts'),
};

/**
 * Runs one command. Expected failures are a sentence on standard error and exit code 1, wrong usage is 2; commands
 * that speak to a server have more (`failure.ts`).
 */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  const program = new Command('orrery')
    .description("One self-hosted server for a science facility's back office.")
    .version(version)
    .showSuggestionAfterError()
    .exitOverride();
  const name = args.find((arg) => !arg.startsWith('-')) ?? '';
  const wanted = Object.hasOwn(commands, name) ? commands[name] : undefined;
  const loaded = wanted === undefined ? Object.values(commands) : [wanted];
  for (const load of loaded) (await load()).register(program, openDatabase);
  for (const command of allCommands(program)) command.exitOverride();
  // `orrery … | head` closes the pipe: the reader has seen enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    process.exitCode = reportFailure(error);
  }
}

function allCommands(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...allCommands(child)]);
}

function reportFailure(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof AppError || error instanceof CommandFailure) {
    process.stderr.write(`${error.message}\n${error.next === undefined ? '' : `${error.next}\n`}`);
    return error instanceof CommandFailure ? error.exitCode : 1;
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}\n`);
  return 1;
}
