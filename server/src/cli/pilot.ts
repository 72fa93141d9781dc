import { type Command, Option } from 'commander';
import { type FlagName, type FlagValues, pilotFlags, readOptions, WrongUse } from '../pilot/options.ts';
import { runPilot } from '../pilot/pilot.ts';
import { stopOnSignals } from '../pilot/signals.ts';
import { CommandFailure } from './failure.ts';

/** `orrery pilot`: takes jobs of one queue and runs them on this machine; it needs no data folder and no database. */
export function register(program: Command): void {
  const command = program
    .command('pilot')
    .description('Take jobs of a queue, run them on this machine, and report them.');
  for (const [name, flag] of Object.entries(pilotFlags)) {
    const words = 'value' in flag ? `--${name} <${flag.value}>` : `--${name}`;
    const option = new Option(words, flag.help);
    if ('default' in flag) option.default(flag.default);
    if (name === 'server' || name === 'queue') option.makeOptionMandatory();
    command.addOption(option);
  }
  command.action(async (given: Readonly<Record<string, string | boolean>>) => {
    process.exitCode = await runPilot(optionsOf(given), stopOnSignals());
  });
}

function optionsOf(given: Readonly<Record<string, string | boolean>>): ReturnType<typeof readOptions> {
  const names = Object.keys(pilotFlags) as FlagName[];
  const values: FlagValues = Object.fromEntries(names.map((name) => [name, given[camelCase(name)]]));
  try {
    return readOptions(values);
  } catch (error) {
    if (error instanceof WrongUse) throw new CommandFailure('usage', error.message);
    throw error;
  }
}

/** As commander names the value of `--token-file`. */
function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
