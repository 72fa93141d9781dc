import type { Command } from 'commander';
import { createLog } from '../core/log.ts';
import { formatColumns } from './columns.ts';
import { installationOf, type OpenCore, withInstallation } from './open.ts';

const names = ['method', 'url', 'owner', 'permission', 'bodyLimitBytes', 'errors', 'family'] as const;

/** `orrery routes`: every address with its owner, permission, body limit and error style. */
export function register(program: Command, open: OpenCore): void {
  withInstallation(program.command('routes'))
    .description('Print the route table: method, address, owner, permission, body limit, error style.')
    .option('--json', 'as JSON')
    .action(async (options: { data?: string; config?: string; json?: boolean }) => {
      const opened = await open(installationOf(options));
      const { routeTable } = await import('../server.ts');
      try {
        const rows = await routeTable(opened.config, createLog('warn'), opened.db);
        process.stdout.write(
          options.json === true
            ? `${JSON.stringify(rows, null, 1)}\n`
            : formatColumns(
                names,
                rows.map((row) => names.map((name) => String(row[name]))),
              ),
        );
      } finally {
        await opened.close();
      }
    });
}
