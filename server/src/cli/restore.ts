import { constants, existsSync } from 'node:fs';
import { chmod, copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { loadServices, migrationSources, serviceNames } from '../compose.ts';
import { type Manifest, restoreBackup, verifyBackup } from '../core/backup/index.ts';
import { openStore } from '../core/build.ts';
import type { Config } from '../core/config/index.ts';
import { installationOf, type OpenCore, withInstallation } from './open.ts';
import { formatBytes, showProgress } from './progress.ts';

interface RestoreFlags {
  data?: string;
  config?: string;
  check?: boolean;
}

/** `orrery restore <folder>`: fills an empty installation from a backup. */
export function register(program: Command, open: OpenCore): void {
  withInstallation(program.command('restore'))
    .description('Fill an empty database and file store from a backup, after checking all of it.')
    .argument('<folder>', 'what "orrery backup" wrote')
    .option('--check', 'only read the backup and check it; nothing is written')
    .action((folder: string, flags: RestoreFlags) =>
      flags.check === true ? check(folder) : restore(open, folder, flags),
    );
}

async function check(folder: string): Promise<void> {
  const progress = showProgress();
  const manifest = await verifyBackup(folder, progress.report);
  progress.end();
  process.stdout.write(`${folder} is intact: ${summary(manifest)}\n`);
}

async function restore(open: OpenCore, folder: string, flags: RestoreFlags): Promise<void> {
  const { db, config, log, close } = await open({ ...installationOf(flags), migrate: false });
  try {
    const progress = showProgress();
    const manifest = await restoreBackup({
      db,
      store: await openStore(config, log),
      sources: migrationSources(await loadServices(serviceNames)),
      folder,
      report: progress.report,
    });
    progress.end();
    process.stdout.write(`restored ${summary(manifest)}\n`);
    await putKeyBack(config, folder, manifest);
  } finally {
    await close();
  }
}

function summary({ tables, blobs, takenAt }: Manifest): string {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  return `${rows} rows of ${tables.length} tables and ${blobs.count} files (${formatBytes(blobs.bytes)}), as of ${takenAt}`;
}

/** Without the key that the stored secrets were closed with, every token of before would be refused. */
async function putKeyBack(config: Config, folder: string, manifest: Manifest): Promise<void> {
  if (config.secretKey !== undefined) return;
  const file = path.join(config.data, 'secret.key');
  if (existsSync(file)) return;
  if (manifest.keys !== undefined) {
    await mkdir(config.data, { recursive: true });
    await copyFile(path.join(folder, manifest.keys.file), file, constants.COPYFILE_EXCL);
    await chmod(file, 0o600);
    return;
  }
  process.stderr.write(
    `The backup has no key for stored secrets. Put the file secret.key of the old installation at ${file} before you start the server; with a new key, API tokens of before are refused.\n`,
  );
}
