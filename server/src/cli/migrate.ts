import type { Command } from 'commander';
import { chosenServices, loadServices, migrationSources } from '../compose.ts';
import { migrate } from '../core/db/index.ts';
import { installationOf, type OpenCore, withInstallation } from './open.ts';

/** `orrery migrate`: what `serve` does first, alone: for releases that change much, before the processes start. */
export function register(program: Command, open: OpenCore): void {
  withInstallation(program.command('migrate'))
    .description('Bring the schema of the database up to date and say what was applied.')
    .action(async (flags: { data?: string; config?: string }) => {
      const { db, config, close } = await open({ ...installationOf(flags), migrate: false });
      try {
        const applied = await migrate(
          db.direct,
          migrationSources(await loadServices(chosenServices(config))),
        );
        const lines = applied.map(({ module, number, name }) => `${module}/${number} ${name}\n`);
        process.stdout.write(lines.length === 0 ? 'The schema is up to date.\n' : lines.join(''));
      } finally {
        await close();
      }
    });
}
