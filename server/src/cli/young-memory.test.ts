import { expect, test } from 'vitest';
import { orrery } from '../../../test/support/orrery.ts';

/** Flags of the process that runs the command. */
async function flagsOf(command: readonly string[], options: string): Promise<string> {
  const tell = "data:text/javascript,process.on('exit',()=>process.stderr.write('flags:'+process.execArgv))";
  const { code, stderr } = await orrery(command, { env: { NODE_OPTIONS: `--import=${tell} ${options}` } });
  expect(code).toBe(0);
  return /flags:(.*)$/.exec(stderr)?.[1] ?? '';
}

test('a server is started with a bound on its young memory, other commands as they are', async () => {
  expect(await flagsOf(['serve', '--print-config'], '')).toBe('--max-semi-space-size=4');
  expect(await flagsOf(['--version'], '')).toBe('');
});

test('a bound that the operator has set is left', async () => {
  expect(await flagsOf(['serve', '--print-config'], '--max-semi-space-size=32')).toBe('');
});
