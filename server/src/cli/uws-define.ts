import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { AppError, messageOf } from '../core/errors.ts';
import type { Definition } from '../uws/definitions/index.ts';
import { formatColumns } from './columns.ts';
import { installationOf, type OpenCore, withInstallation } from './open.ts';

interface DefineFlags {
  data?: string;
  config?: string;
  check?: boolean;
}

/** `orrery uws define FILE…`: loads job definitions; with `--check` it only says whether they are valid. */
export function registerDefine(uws: Command, open: OpenCore): void {
  withInstallation(uws.command('define'))
    .description('Load job definitions: our YAML, the VOTable or the JSON of OPUS. All of them or none.')
    .argument('<file...>')
    .option('--check', 'read the files and say what is wrong, change nothing')
    .action((files: string[], flags: DefineFlags) => define(open, files, flags));
}

async function define(open: OpenCore, files: readonly string[], flags: DefineFlags): Promise<void> {
  // Loaded here, because the commands on jobs, which need none of it, stand in the same group.
  const { installDefinition } = await import('../uws/definitions/index.ts');
  const definitions: Definition[] = [];
  for (const file of files) definitions.push(await readOne(file));
  if (flags.check === true) {
    process.stdout.write(definitions.map((definition) => `${definition.name} is valid\n`).join(''));
    return;
  }
  const { db, close } = await open(installationOf(flags));
  try {
    const rows: string[][] = [];
    for (const definition of definitions) {
      const { version, isNew } = await installDefinition(db, definition, 'command line', new Date());
      rows.push([definition.name, String(version), isNew ? 'loaded' : 'unchanged']);
    }
    process.stdout.write(formatColumns(['NAME', 'VERSION', 'OUTCOME'], rows));
  } finally {
    await close();
  }
}

/** A fault is told with the file it is in. A script of its own stands beside a VOTable, as OPUS keeps it. */
async function readOne(file: string): Promise<Definition> {
  const { readDefinition } = await import('../uws/definitions/index.ts');
  try {
    const source = await readFile(file, 'utf8');
    return readDefinition(source, await scriptBeside(file));
  } catch (error) {
    const next = error instanceof AppError && error.next !== undefined ? { next: error.next } : {};
    throw new AppError('invalid', 'uws.definition-broken', `${file}: ${messageOf(error)}`, next);
  }
}

/** `jdl/votable/NAME_vot.xml` has its script in `jdl/scripts/NAME.sh`. */
async function scriptBeside(file: string): Promise<string | undefined> {
  const name = /^(.+)_vot\.xml$/.exec(path.basename(file))?.[1];
  if (name === undefined) return undefined;
  const folder = path.dirname(file);
  for (const candidate of [
    path.join(folder, '..', 'scripts', `${name}.sh`),
    path.join(folder, `${name}.sh`),
  ]) {
    try {
      return await readFile(candidate, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return undefined;
}
