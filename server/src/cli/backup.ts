import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { loadServices, serviceNames } from '../compose.ts';
import { makeBackup } from '../core/backup/index.ts';
import { openStore } from '../core/build.ts';
import { AppError } from '../core/errors.ts';
import { ownModule } from '../core/own-module.ts';
import { version } from '../version.ts';
import { installationOf, type OpenCore, withInstallation } from './open.ts';
import { formatBytes, showProgress } from './progress.ts';

interface BackupFlags {
  data?: string;
  config?: string;
  withKeys?: boolean;
  copy?: boolean;
}

/** `orrery backup <folder>`: rows and files of one moment, while the server runs or not. */
export function register(program: Command, open: OpenCore): void {
  withInstallation(program.command('backup'))
    .description('Write a backup of the database and of all files into a new folder; the server may run.')
    .argument('<folder>', 'where it goes; must not exist')
    .option('--with-keys', 'include the key that opens stored secrets: keep such a backup as safe as the key')
    .option('--copy', 'copy files, also where they could share their bytes with the store')
    .action((folder: string, flags: BackupFlags) => backUp(open, folder, flags));
}

async function backUp(open: OpenCore, folder: string, flags: BackupFlags): Promise<void> {
  const { db, config, log, close } = await open({ ...installationOf(flags), migrate: false });
  try {
    const modules = [ownModule, ...(await loadServices(serviceNames))];
    const progress = showProgress();
    const manifest = await makeBackup({
      db,
      store: await openStore(config, log),
      rules: modules.flatMap(({ backup }) => backup),
      modules: modules.map(({ name }) => name),
      programVersion: version,
      folder,
      hardLinks: flags.copy !== true,
      ...(flags.withKeys === true ? { keyFile: findKey(config) } : {}),
      report: progress.report,
    });
    progress.end();
    const { tables, blobs } = manifest;
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    process.stdout.write(
      `${folder}: ${rows} rows of ${tables.length} tables and ${blobs.count} files (${formatBytes(blobs.bytes)}), as of ${manifest.takenAt}\n`,
    );
    if (blobs.missing > 0) {
      process.stderr.write(
        `${blobs.missing} files were lost before: the store does not have their contents.\n`,
      );
    }
  } finally {
    await close();
  }
}

function findKey(config: { data: string; secretKey?: string | undefined }): string {
  const file = path.join(config.data, 'secret.key');
  if (config.secretKey === undefined && existsSync(file)) return file;
  throw new AppError('invalid', 'backup.no-key-file', `There is no key file ${file}.`, {
    next: 'The key comes from the setting secretKey (ORRERY_SECRET_KEY); keep that yourself, and leave out --with-keys.',
  });
}
