import type { Command } from 'commander';
import { chosenServices, loadServices, migrationSources, serviceSettings } from '../compose.ts';
import { type Config, loadConfig } from '../core/config/index.ts';
import { connectTo, type Db, migrate } from '../core/db/index.ts';
import { createLog, type Log } from '../core/log.ts';

/** What an operator's command works with: the database, whether the server runs or not. */
export interface Opened {
  db: Db;
  config: Config;
  log: Log;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Flags by dotted name, as `serve` takes them. */
  flags?: Readonly<Record<string, string>>;
  config?: string;
  /** False: the schema is left as it is. */
  migrate?: boolean;
}

export type OpenCore = (options?: OpenOptions) => Promise<Opened>;

/** Adds the flags that say which installation is meant. */
export function withInstallation(command: Command): Command {
  return command
    .option('--data <folder>', 'data folder (default ./data)')
    .option('--config <file>', 'settings file (default orrery.yaml, if there is one)');
}

/** Reads these flags back. */
export function installationOf(options: { data?: string; config?: string }): OpenOptions {
  return {
    flags: options.data === undefined ? {} : { data: options.data },
    ...(options.config === undefined ? {} : { config: options.config }),
  };
}

/**
 * Opens the database of an installation. With an embedded one this joins the running server, or starts
 * PostgreSQL and stops it again at `close`. The schema is brought up to date first, unless that is declined.
 */
export const openDatabase: OpenCore = async (options = {}) => {
  const { config } = loadConfig({
    services: await serviceSettings(),
    environment: process.env,
    ...(options.flags === undefined ? {} : { flags: options.flags }),
    ...(options.config === undefined ? {} : { file: options.config }),
  });
  const log = createLog('warn');
  const { db, stop } = await connectTo(config, log, 'orrery cli', 4);
  const close = async () => {
    await db.close();
    await stop();
  };
  try {
    if (options.migrate !== false) {
      await migrate(db.direct, migrationSources(await loadServices(chosenServices(config))));
    }
  } catch (error) {
    // A connection that stays open would keep the process from ending.
    await close();
    throw error;
  }
  return { db, config, log, close };
};
