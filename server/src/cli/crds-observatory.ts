import type { Command } from 'commander';
import { formatColumns } from './columns.ts';
import { readJsonFile } from './json-file.ts';
import { type OpenCore, withInstallation } from './open.ts';
import type { InstallationFlags } from './open-auth.ts';
import { withDatabase } from './open-panda.ts';

interface PutFlags extends InstallationFlags {
  title?: string;
  settings?: string;
}

/** `orrery crds observatory list | put`. */
export function registerObservatories(crds: Command, open: OpenCore): void {
  const observatory = crds.command('observatory').description('Observatories that this installation serves.');
  withInstallation(observatory.command('list'))
    .description('List observatories and their contexts.')
    .option('--json', 'with all settings, as JSON')
    .action((flags: InstallationFlags & { json?: true }) => list(open, flags));
  withInstallation(observatory.command('put'))
    .description('Make an observatory, or change its title and settings.')
    .argument('<name>', 'three to nine lower-case letters: hst')
    .option('--title <text>', 'how people call it')
    .option(
      '--settings <file>',
      'JSON object; each section in it (contexts, mirror, …) replaces that section, the others stay',
    )
    .action((name: string, flags: PutFlags) => put(open, name, flags));
}

async function list(open: OpenCore, flags: InstallationFlags & { json?: true }): Promise<void> {
  const { listObservatories } = await import('../crds/observatory/observatory.ts');
  const all = await withDatabase(open, flags, ({ db }) => listObservatories(db.sql));
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
    return;
  }
  process.stdout.write(
    formatColumns(
      ['OBSERVATORY', 'LATEST', 'EDIT', 'BUILD', 'VERSIONS', 'TITLE'],
      all.map((one) => [
        one.observatory,
        one.latestContext,
        one.editContext,
        one.buildContext,
        one.versionsContext,
        one.title,
      ]),
    ),
  );
}

async function put(open: OpenCore, observatory: string, flags: PutFlags): Promise<void> {
  const { listObservatories, putObservatory } = await import('../crds/observatory/observatory.ts');
  const wanted = flags.settings === undefined ? undefined : await readJsonFile(flags.settings);
  const title = flags.title === undefined ? {} : { title: flags.title };
  const outcome = await withDatabase(open, flags, async (context, actor) => {
    const known = (await listObservatories(context.db.sql)).find((one) => one.observatory === observatory);
    const settings = wanted === undefined ? undefined : { ...known?.settings, ...wanted };
    return await putObservatory(
      context,
      { observatory, ...title, ...(settings === undefined ? {} : { settings }) },
      actor,
    );
  });
  process.stdout.write(`${observatory} ${outcome}\n`);
}
