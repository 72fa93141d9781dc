import type { Command } from 'commander';
import { formatColumns } from './columns.ts';
import { readJsonFile } from './json-file.ts';
import { type OpenCore, withInstallation } from './open.ts';
import type { InstallationFlags } from './open-auth.ts';
import { withDatabase } from './open-panda.ts';

/** `orrery panda endpoint put | list`: the storage that queues read from and write to. */
export function registerEndpoints(panda: Command, open: OpenCore): void {
  const endpoint = panda.command('endpoint').description('Storage endpoints of queues.');
  withInstallation(endpoint.command('put'))
    .description('Make or change endpoints. The file is an object of descriptions keyed by name.')
    .argument('<file>')
    .action((file: string, flags: InstallationFlags) => putFile(open, file, flags));
  withInstallation(endpoint.command('list'))
    .description('List endpoints.')
    .action((flags: InstallationFlags) => printEndpoints(open, flags));
}

async function putFile(open: OpenCore, file: string, flags: InstallationFlags): Promise<void> {
  const { putEndpoints } = await import('../panda/queues/endpoints.ts');
  const value = await readJsonFile(file);
  const puts = await withDatabase(open, flags, (context, actor) => putEndpoints(context, actor, value));
  for (const { name, outcome } of puts) process.stdout.write(`${name} ${outcome}\n`);
}

async function printEndpoints(open: OpenCore, flags: InstallationFlags): Promise<void> {
  const { listEndpoints } = await import('../panda/queues/endpoints.ts');
  const endpoints = await withDatabase(open, flags, ({ db }) => listEndpoints(db.sql));
  process.stdout.write(
    formatColumns(
      ['ENDPOINT', 'STATE', 'TYPE', 'SITE', 'CHANGED BY'],
      endpoints.map(({ endpoint, document, changedBy }) => [
        endpoint,
        document.state ?? null,
        document.type ?? null,
        document.site ?? null,
        changedBy,
      ]),
    ),
  );
}
