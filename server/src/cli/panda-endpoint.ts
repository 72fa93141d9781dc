import type { Command } from 'commander';
import { formatColumns } from './columns.ts';
import { readJsonFile } from './json-file.ts';
import { type OpenCore, withInstallation } from './open.ts';
import type { InstallationFlags } from './open-auth.ts';
import { withDatabase } from './open-panda.ts';

/** `orrery panda endpoint put | list | recount`: the storage that queues read from and write to. */
export function registerEndpoints(panda: Command, open: OpenCore): void {
  const endpoint = panda.command('endpoint').description('Storage endpoints of queues.');
  withInstallation(endpoint.command('put'))
    .description('Make or change endpoints. The file is an object of descriptions keyed by name.')
    .argument('<file>')
    .action((file: string, flags: InstallationFlags) => putFile(open, file, flags));
  withInstallation(endpoint.command('list'))
    .description('List endpoints.')
    .action((flags: InstallationFlags) => printEndpoints(open, flags));
  withInstallation(endpoint.command('recount'))
    .description('Count the files of an endpoint anew, after some were deleted or brought by hand.')
    .argument('<name>')
    .action((name: string, flags: InstallationFlags) => recount(open, name, flags));
}

async function recount(open: OpenCore, name: string, flags: InstallationFlags): Promise<void> {
  const { recountStorage } = await import('../panda/factory/recount-storage.ts');
  const { files, bytes } = await withDatabase(open, flags, (context) => recountStorage(context, name));
  process.stdout.write(`${name} ${files} files ${bytes} bytes\n`);
}

async function putFile(open: OpenCore, file: string, flags: InstallationFlags): Promise<void> {
  const { putEndpoints } = await import('../panda/queues/endpoints.ts');
  const value = await readJsonFile(file);
  const puts = await withDatabase(open, flags, (context, actor) => putEndpoints(context, actor, value));
  for (const { name, outcome } of puts) process.stdout.write(`${name} ${outcome}\n`);
}

async function printEndpoints(open: OpenCore, flags: InstallationFlags): Promise<void> {
  const { listEndpoints } = await import('../panda/queues/endpoints.ts');
  const { listStorageUse } = await import('../panda/factory/storage-use.store.ts');
  const [endpoints, used] = await withDatabase(open, flags, ({ db }) =>
    Promise.all([listEndpoints(db.sql), listStorageUse(db.sql)]),
  );
  const useOf = new Map(used.map((use) => [use.endpoint, use]));
  process.stdout.write(
    formatColumns(
      ['ENDPOINT', 'STATE', 'TYPE', 'SITE', 'FILES', 'BYTES', 'MOST BYTES', 'CHANGED BY'],
      endpoints.map(({ endpoint, document, changedBy }) => [
        endpoint,
        document.state ?? null,
        document.type ?? null,
        document.site ?? null,
        String(useOf.get(endpoint)?.files ?? 0),
        String(useOf.get(endpoint)?.bytes ?? 0),
        document.maxBytes === undefined ? null : String(document.maxBytes),
        changedBy,
      ]),
    ),
  );
}
