import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../support/orrery.ts';
import { pythonEnvironment } from '../../support/python.ts';

const run = promisify(execFile);

export interface PilotSources {
  /** Python with what the pilot imports. */
  python: string;
  /** Folder with pilot.py; copied for each run, since a pilot may delete the folder it was started from. */
  folder: string;
  /** As in its file PILOTVERSION. */
  version: string;
  /** Older ones look for CVMFS only where their user module says so, and do not know the option. */
  knowsNoCvmfs: boolean;
  /** Whether it can be told where transformations may come from; otherwise it knows `fixedScripts` alone. */
  knowsBaseUrls: boolean;
}

/** Where panda-pilot 3.7 takes transformations from, whatever it is told; curl is made to connect to our server. */
export const fixedScripts = { host: 'pandaserver-doma.cern.ch', port: 25080, path: '/trf/user' };

/**
 * The checkout that ORRERY_PILOT3 names, else the newest `panda-pilot` of PyPI, kept below `.cache/`.
 * Throws when neither is to be had.
 */
export async function pilotSources(): Promise<PilotSources> {
  const python = await pythonEnvironment('pilot', ['psutil', 'requests']);
  const folder = await findFolder(python);
  const { stdout } = await run('head', ['-c', '40', path.join(folder, 'PILOTVERSION')]);
  const text = await Promise.all(
    ['pilot.py', 'arguments.py']
      .map((name) => path.join(folder, name))
      .filter((file) => existsSync(file))
      .map((file) => readFile(file, 'utf8')),
  );
  return {
    python,
    folder,
    version: stdout.trim(),
    knowsNoCvmfs: text.join('').includes('--nocvmfs'),
    knowsBaseUrls: text.join('').includes('--baseurls'),
  };
}

async function findFolder(python: string): Promise<string> {
  const named = process.env.ORRERY_PILOT3;
  if (named !== undefined) {
    if (existsSync(path.join(named, 'pilot.py'))) return named;
    throw new Error(`ORRERY_PILOT3 is ${named}, where there is no pilot.py`);
  }
  const kept = path.join(root, '.cache', 'panda-pilot');
  if (!existsSync(path.join(kept, 'pilot.py'))) await download(python, kept);
  return kept;
}

/** The package is a source archive whose installation would leave pilot.py out: it is unpacked, not installed. */
async function download(python: string, kept: string): Promise<void> {
  const beside = `${kept}-${process.pid}`;
  await mkdir(beside, { recursive: true });
  try {
    const options = ['--quiet', '--no-deps', '--no-binary', ':all:', '--dest', beside];
    await run(python, ['-m', 'pip', 'download', ...options, 'panda-pilot'], { timeout: 300_000 });
    const [archive = ''] = await readdir(beside);
    await run('tar', ['-xzf', path.join(beside, archive), '-C', beside, '--strip-components', '1']);
    await rename(beside, kept);
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}
