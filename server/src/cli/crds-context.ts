import { type Command, Option } from 'commander';
import type { Sql } from '../core/db/index.ts';
import type { ContextKind, ContextSet } from '../crds/contexts/set-context.ts';
import { formatColumns, formatInstant } from './columns.ts';
import { type OpenCore, withInstallation } from './open.ts';
import type { InstallationFlags } from './open-auth.ts';
import { withDatabase } from './open-panda.ts';

interface SetFlags extends InstallationFlags {
  kind: ContextKind;
  description: string;
  calibrationVersion?: string;
}

/** `orrery crds context list | set | history`. */
export function registerContexts(crds: Command, open: OpenCore): void {
  const context = crds.command('context').description('Contexts: which rules are in force, and since when.');
  withInstallation(context.command('list'))
    .description('List what is in force, build contexts, and what pipelines say they use.')
    .argument('<observatory>')
    .action((observatory: string, flags: InstallationFlags) => list(open, observatory, flags));
  withInstallation(context.command('set'))
    .description('Say which context is in force. Refused with the reasons when its files are not in order.')
    .argument('<observatory>')
    .argument('<context>', 'name of a pmap, or what stands for one: hst-edit, 2024-01-31')
    .addOption(
      new Option('--kind <kind>', 'what it is for')
        .choices(['latest', 'edit', 'build', 'versions'])
        .default('latest'),
    )
    .option('--description <text>', 'why, for those who read the history', '')
    .option(
      '--calibration-version <version>',
      'of a build context: the software that it belongs to, as 1.9.2',
    )
    .action((observatory: string, spec: string, flags: SetFlags) => set(open, observatory, spec, flags));
  withInstallation(context.command('history'))
    .description('List when which context became latest, newest first.')
    .argument('<observatory>')
    .option('--limit <count>', 'no more than so many', '20')
    .action((observatory: string, flags: InstallationFlags & { limit: string }) =>
      history(open, observatory, flags),
    );
}

async function list(open: OpenCore, name: string, flags: InstallationFlags): Promise<void> {
  const { buildContexts } = await import('../crds/contexts/build-context.ts');
  const { historyOf } = await import('../crds/contexts/history.store.ts');
  const { listRemoteContexts } = await import('../crds/contexts/remote-contexts.ts');
  const rows = await withDatabase(open, flags, async ({ db }) => {
    const one = await observatoryNamed(db.sql, name);
    const [entry] = await historyOf(db.sql, name, 1);
    const inForce = [
      ['latest', one.latestContext, entry?.startedAt ?? null],
      ['edit', one.editContext, null],
      ['versions', one.versionsContext, null],
      ['build', one.buildContext, null],
    ] as Array<[string, string | null, Date | null]>;
    for (const { calibrationVersion, context, setAt } of await buildContexts(db.sql, name)) {
      inForce.push([`build ${calibrationVersion}`, context, setAt]);
    }
    for (const { pipeline, context, pushedAt } of await listRemoteContexts(db.sql, name)) {
      inForce.push([`pipeline ${pipeline}`, context, pushedAt]);
    }
    return inForce;
  });
  process.stdout.write(
    formatColumns(
      ['WHAT', 'CONTEXT', 'SET'],
      rows.map(([what, context, at]) => [what, context, formatInstant(at)]),
    ),
  );
}

async function set(open: OpenCore, observatory: string, spec: string, flags: SetFlags): Promise<void> {
  const { setContext } = await import('../crds/contexts/set-context.ts');
  const { resolveIn } = await import('../crds/contexts/resolve.ts');
  const { kind, description, calibrationVersion } = flags;
  const result = await withDatabase(open, flags, async (operate, actor) => {
    const context = await resolveIn(
      operate.db.sql,
      await observatoryNamed(operate.db.sql, observatory),
      spec,
    );
    const version = calibrationVersion === undefined ? {} : { calibrationVersion };
    return await setContext(operate, { observatory, kind, context, description, ...version }, actor);
  });
  process.stdout.write(describe(result));
}

function describe(set: ContextSet): string {
  const { observatory, kind, context, former, changed, isBackward, mappings, references } = set;
  if (!changed) return `${observatory} ${kind} is ${context} already\n`;
  const missing =
    set.unknownReferences === 0 ? '' : `, ${set.unknownReferences} of which the catalogue does not have`;
  return (
    `${observatory} ${kind} is ${context} now${former === null ? '' : `, was ${former}`}: ` +
    `${mappings} mappings, ${references} references${missing}\n` +
    (isBackward ? 'This is older than the one before.\n' : '')
  );
}

async function history(
  open: OpenCore,
  observatory: string,
  flags: InstallationFlags & { limit: string },
): Promise<void> {
  const { historyOf } = await import('../crds/contexts/history.store.ts');
  const limit = Math.min(Math.max(Number.parseInt(flags.limit, 10) || 20, 1), 100_000);
  const entries = await withDatabase(open, flags, async ({ db }) => {
    await observatoryNamed(db.sql, observatory);
    return await historyOf(db.sql, observatory, limit);
  });
  process.stdout.write(
    formatColumns(
      ['SINCE', 'CONTEXT', 'BY', 'DESCRIPTION'],
      entries.map((one) => [formatInstant(one.startedAt), one.context, one.changedBy, one.description]),
    ),
  );
}

async function observatoryNamed(sql: Sql, name: string) {
  const { listObservatories } = await import('../crds/observatory/observatory.ts');
  const { observatoryUnknown } = await import('../crds/errors.ts');
  const found = (await listObservatories(sql)).find(({ observatory }) => observatory === name);
  if (found === undefined) throw observatoryUnknown(name);
  return found;
}
