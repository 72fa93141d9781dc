import { lstat, readlink, symlink } from 'node:fs/promises';
import path from 'node:path';
import type { Core } from '../../core/core.ts';
import { AppError, messageOf } from '../../core/errors.ts';
import { closureOf } from '../catalogue/files.store.ts';
import { observatoryUnknown } from '../errors.ts';
import { listObservatories, type Observatory } from '../observatory/observatory.ts';
import { badFiles, serverInfo } from '../rpc/server-info.ts';
import { hstAliases } from './cache-place.ts';
import { type PublishRun, publishMappings, publishReferences } from './files.ts';
import { withLease } from './lease.ts';
import { makeFolder, placeBytes, removeUnfinished, syncFolder } from './place.ts';
import { notePublished, noteTried } from './publication.store.ts';

export interface Published {
  observatory: string;
  folder: string;
  /** `published`: clients read what the catalogue was when this began. `kept`: they read what they read before. */
  outcome: 'published' | 'kept' | 'busy';
  there: number;
  placed: number;
  /** Why clients were not given the newest; empty otherwise. */
  problem: string;
}

/**
 * Brings the published folder of an observatory up to date, in the layout of a cache of the crds client (13.2.7): each
 * file gets its name when it is complete, `server_config` last and only when every file of the contexts that it names
 * is there. A reader thus never sees a context without its files. May be killed at any point and run again; two
 * at once are one after the other.
 *
 * Throws `crds.observatory-unknown`, `crds.publish-unset`, `crds.publish-lease-lost`.
 */
export async function publishObservatory(core: Core, name: string, signal?: AbortSignal): Promise<Published> {
  const [observatory] = (await listObservatories(core.db.sql)).filter((one) => one.observatory === name);
  if (observatory === undefined) throw observatoryUnknown(name);
  const { folder } = observatory.settings.publish;
  if (folder === '') throw publishUnset(name);
  const done = await withLease(core, name, async ({ lock, lease, signal: lost }) => {
    const run = runOf(core, observatory, signal === undefined ? lost : AbortSignal.any([signal, lost]));
    const guard = () => core.db.transaction((tx) => core.locks.assertHeld(tx, lock, lease.fence));
    return await publishUnder(run, observatory, guard);
  });
  return (
    done ?? {
      observatory: name,
      folder,
      outcome: 'busy',
      there: 0,
      placed: 0,
      problem: 'Another process publishes.',
    }
  );
}

function publishUnset(name: string): AppError {
  return new AppError('conflict', 'crds.publish-unset', `No folder is set in which ${name} is published.`, {
    next: 'Set publish.folder of the observatory: orrery crds observatory put.',
  });
}

function runOf(core: Core, { observatory, settings }: Observatory, signal: AbortSignal): PublishRun {
  const { folder, layout } = settings.publish;
  return { core, observatory, folder, layout, signal, there: 0, placed: 0, problems: [], problemCount: 0 };
}

async function publishUnder(
  run: PublishRun,
  observatory: Observatory,
  guard: () => Promise<unknown>,
): Promise<Published> {
  const { core, folder } = run;
  const { version, latestContext } = observatory;
  const tried = { observatory: run.observatory, folder, version };
  try {
    // Read before the files: what it names is among those that are listed after it.
    const config = await configOf(core, observatory);
    await removeAllUnfinished(run);
    await publishMappings(run);
    await publishMembers(run, observatory);
    if (run.problemCount > 0) return await keep(run, tried);
    await noteTried(core.db.sql, { ...tried, problem: '' });
    await guard();
    await writeConfig(run, config);
    const files = run.there + run.placed;
    await core.db.transaction(async (tx) => {
      await notePublished(tx, { observatory: run.observatory, version, latestContext, files });
      await core.events.publish(tx, 'crds.publication', run.observatory, { folder, latestContext, files });
    });
    return {
      observatory: run.observatory,
      folder,
      outcome: 'published',
      there: run.there,
      placed: run.placed,
      problem: '',
    };
  } catch (error) {
    await noteTried(core.db.sql, { ...tried, problem: messageOf(error) }).catch(() => {});
    throw error;
  }
}

async function keep(
  run: PublishRun,
  tried: { observatory: string; folder: string; version: number },
): Promise<Published> {
  const more =
    run.problemCount > run.problems.length ? ` and ${run.problemCount - run.problems.length} more` : '';
  const problem = `Not all files can be published, so clients still read what was there before: ${run.problems.join('; ')}${more}.`;
  await noteTried(run.core.db.sql, { ...tried, problem });
  const { observatory, folder, there, placed } = run;
  return { observatory, folder, outcome: 'kept', there, placed, problem };
}

async function publishMembers(run: PublishRun, observatory: Observatory): Promise<void> {
  const { references } = observatory.settings.publish;
  const { latestContext, editContext, buildContext, versionsContext } = observatory;
  const members = new Set<string>();
  for (const context of new Set([latestContext, editContext, buildContext, versionsContext])) {
    if (context === null) continue;
    const closure = await closureOf(run.core.db.sql, run.observatory, context);
    await demandMappings(run, closure.mappings);
    for (const name of closure.references) members.add(name);
  }
  if (references === 'none') return;
  await publishReferences(run, [...members]);
  if (references === 'all') await publishReferences(run, null);
  if (run.observatory === 'hst' && run.layout === 'instrument') await linkAliases(run);
}

async function demandMappings(run: PublishRun, names: readonly string[]): Promise<void> {
  const rows = await run.core.db.sql<{ name: string }[]>`
    select w.name from unnest(${names as string[]}::text[]) w(name)
    left join crds.file f on f.observatory = ${run.observatory} and f.name = w.name
    where f.name is null or f.place <> 'kept'`;
  run.problemCount += rows.length;
  for (const { name } of rows.slice(0, 5)) run.problems.push(`${name}: its text is not here`);
}

/** Pipelines of HST know the folders of instruments by other names too. */
async function linkAliases(run: PublishRun): Promise<void> {
  const root = path.join(run.folder, 'references', run.observatory);
  for (const [alias, instrument] of hstAliases) {
    const place = path.join(root, alias);
    const there = await lstat(path.join(root, instrument)).catch(() => undefined);
    if (there === undefined || (await readlink(place).catch(() => undefined)) !== undefined) continue;
    await symlink(instrument, place).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

interface ConfigTexts {
  serverConfig: Buffer;
  badFiles: string;
}

async function configOf(core: Core, observatory: Observatory): Promise<ConfigTexts> {
  const { publicUrl, http } = core.config;
  const base = (publicUrl ?? `http://localhost:${http.port}`).replace(/\/+$/, '');
  const info = await serverInfo(core, observatory, `${base}/crds/${observatory.observatory}`);
  return { serverConfig: info.python(), badFiles: (await badFiles(core, observatory)).join('\n') };
}

/** The last word: with the new `server_config` clients use the new contexts. */
async function writeConfig(run: PublishRun, config: ConfigTexts): Promise<void> {
  const folder = path.join(run.folder, 'config', run.observatory);
  await makeFolder(folder);
  await placeBytes(path.join(folder, 'ref_cache_subdir_mode'), run.layout);
  await placeBytes(path.join(folder, 'bad_files.txt'), config.badFiles);
  await syncFolder(folder);
  await placeBytes(path.join(folder, 'server_config'), config.serverConfig);
  await syncFolder(folder);
}

async function removeAllUnfinished(run: PublishRun): Promise<void> {
  const { readdir } = await import('node:fs/promises');
  const references = path.join(run.folder, 'references', run.observatory);
  const inner = await readdir(references, { withFileTypes: true }).catch(() => []);
  const folders = inner.filter((entry) => entry.isDirectory()).map(({ name }) => path.join(references, name));
  const all = [references, ...folders, path.join(run.folder, 'mappings', run.observatory)];
  for (const folder of [...all, path.join(run.folder, 'config', run.observatory)])
    await removeUnfinished(folder);
}
