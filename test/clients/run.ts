import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fitsFile } from '../support/fits.ts';
import { orrery, root, serve, temporaryFolder } from '../support/orrery.ts';

/** Real clients against a real server. `npm run test:clients -- uws`; without a name all suites. */
const suites: Record<string, () => Promise<boolean>> = { uws: uwsClients };

const wanted = process.argv.slice(2).filter((name) => !name.startsWith('-'));
let failed = 0;
let passed = 0;
for (const [name, run] of Object.entries(suites)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  if (await run()) passed += 1;
  else failed += 1;
}
process.stdout.write(`\nclient suites: ${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;

/** A virtual environment with these packages of PyPI; made once. */
function python(name: string, packages: readonly string[]): string | undefined {
  const folder = path.join(root, '.cache', `venv-${name}`);
  const program = path.join(folder, 'bin', 'python');
  if (existsSync(path.join(folder, 'complete'))) return program;
  mkdirSync(path.dirname(folder), { recursive: true });
  const made =
    spawnSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' }).status === 0 &&
    spawnSync(program, ['-m', 'pip', 'install', '--quiet', ...packages], {
      stdio: 'inherit',
      timeout: 600_000,
    }).status === 0;
  if (!made) return undefined;
  mkdirSync(path.join(folder, 'complete'));
  return program;
}

/** Loud: the name and the reason; and no skip at all in CI. */
function skip(name: string, reason: string): boolean {
  process.stdout.write(`SKIPPED ${name}: ${reason}\n`);
  return process.env.CI !== 'true';
}

async function uwsClients(): Promise<boolean> {
  const program = python('uws', ['pyvo', 'numpy']);
  if (program === undefined) return skip('pyvo', 'python3 with venv and PyPI are needed');
  const { folder, remove } = await temporaryFolder();
  const server = await serve([
    '--port',
    '0',
    '--data',
    path.join(folder, 'data'),
    '--with',
    'uws',
    '--log-level',
    'warn',
  ]);
  try {
    const token = (
      await orrery(['token', 'create', '--user', 'admin', '--data', path.join(folder, 'data')])
    ).stdout.trim();
    const image = path.join(folder, 'field.fits');
    await writeFile(
      image,
      fitsFile({
        bitpix: 16,
        width: 640,
        height: 480,
        stored: (x, y) => ((x * 7 + y * 13) % 1000) + (x === 320 && y === 240 ? 30_000 : 0),
      }),
    );
    const script = path.join(root, 'test/clients/uws/pyvo_session.py');
    const result = spawnSync(program, [script, server.address, token, image], {
      stdio: 'inherit',
      timeout: 300_000,
    });
    if (result.status !== 0) process.stdout.write(server.output.stderr);
    return result.status === 0;
  } finally {
    await server.stop();
    await remove();
  }
}
