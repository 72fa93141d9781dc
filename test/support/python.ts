import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cache = fileURLToPath(new URL('../../.cache/', import.meta.url));
/** A package index that is slow or away for a moment is asked again. */
const attempts = 3;

/**
 * The Python of an environment of its own below `.cache/` with these packages of PyPI, made at first use. Built
 * beside and renamed, so that a half-made one is never used and two that make it at once both end well: call
 * programs by `python -m`, since scripts name the folder they were made in. Throws with pip's own words.
 */
export async function pythonEnvironment(name: string, packages: readonly string[]): Promise<string> {
  const folder = path.join(cache, `python-${name}`);
  const program = path.join(folder, 'bin', 'python');
  if (existsSync(program)) return program;
  await mkdir(cache, { recursive: true });
  const beside = `${folder}-${process.pid}`;
  try {
    await run('python3', ['-m', 'venv', beside], { timeout: 120_000 });
    await install(path.join(beside, 'bin', 'python'), packages);
    await rename(beside, folder);
  } catch (error) {
    if (!existsSync(program)) throw error;
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
  return program;
}

async function install(python: string, packages: readonly string[]): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await run(python, ['-m', 'pip', 'install', '--quiet', ...packages], { timeout: 600_000 });
      return;
    } catch (error) {
      if (attempt === attempts) throw error;
    }
  }
}
