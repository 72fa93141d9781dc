import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../support/orrery.ts';

/**
 * The Python of a private virtual environment with the newest of these packages of PyPI, made once for a list of
 * packages. Null when there is no `python3` with venv, or the packages cannot be had.
 */
export function python(name: string, packages: readonly string[]): string | null {
  const folder = path.join(root, '.cache', `venv-${name}`);
  const program = path.join(folder, 'bin', 'python');
  const complete = path.join(folder, 'packages.txt');
  const list = packages.join('\n');
  if (existsSync(complete) && readFileSync(complete, 'utf8') === list) return program;
  mkdirSync(path.dirname(folder), { recursive: true });
  const install = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--upgrade',
    '--disable-pip-version-check',
    ...packages,
  ];
  const isMade =
    spawnSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' }).status === 0 &&
    spawnSync(program, install, { stdio: 'inherit', timeout: 600_000 }).status === 0;
  if (!isMade) return null;
  writeFileSync(complete, list);
  return program;
}
