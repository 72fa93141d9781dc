import { parseArgs } from 'node:util';
import { pilotFlags, readOptions, WrongUse } from './options.ts';
import { runPilot } from './pilot.ts';
import { stopOnSignals } from './signals.ts';

/** The pilot as a program of its own: `node main.ts --server URL --queue NAME …`. It needs this folder and Node, no more. */
const flags = Object.entries(pilotFlags).map(
  ([name, flag]) => [name, { type: 'value' in flag ? ('string' as const) : ('boolean' as const) }] as const,
);

try {
  const { values } = parseArgs({ options: Object.fromEntries(flags) });
  process.exitCode = await runPilot(readOptions(values), stopOnSignals());
} catch (error) {
  const isWrongUse =
    error instanceof WrongUse ||
    (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
  process.stderr.write(
    `${isWrongUse ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exitCode = isWrongUse ? 2 : 1;
}
