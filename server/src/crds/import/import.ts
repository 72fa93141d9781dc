import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Actor } from '../../core/auth/index.ts';
import { AppError } from '../../core/errors.ts';
import { listObservatories, putObservatory } from '../observatory/observatory.ts';
import { isMappingName, isReferenceName } from '../rules/names.ts';
import { applyConfig, type ContextsSet } from './apply-config.ts';
import { readCacheConfig } from './cache-config.ts';
import {
  type Counts,
  type ImportCore,
  type ImportListener,
  type ImportRun,
  noCounts,
  noteProblem,
} from './import-run.ts';
import { beginImport, endImport, type ReferenceMode } from './imported.store.ts';
import { layoutOf } from './layout.ts';
import { importMappings, isMappingOf } from './mapping-files.ts';
import { registerNamed, tellMissingMappings } from './named-files.ts';
import type { Problem } from './problem.ts';
import { importReferences } from './reference-files.ts';
import { type FoundFile, walkFolder } from './walk.ts';

export interface ImportRequest {
  folder: string;
  observatory: string;
  /** Context to become latest afterwards. Without it that of the cache's config, if none is latest yet. */
  latest?: string;
  /** Default: `link`. */
  references?: ReferenceMode;
  /** Everything is read and checked, nothing is stored. */
  dryRun?: boolean;
}

export interface ImportReport {
  observatory: string;
  folder: string;
  layout: 'cache' | 'plain';
  dryRun: boolean;
  mappings: Counts;
  references: Counts;
  /** References that rules name and whose bytes are not here; entered by name. */
  namedOnly: number;
  /** Mappings that name mappings which are not here. */
  incompleteMappings: number;
  ignored: number;
  contexts: ContextsSet;
  refused: number;
  warnings: number;
  /** The first thousand. */
  problems: Problem[];
  seconds: number;
}

/**
 * Makes a catalogue of a folder: mapping files as they are, or a cache of the crds client. What is right is kept and
 * what is wrong is told, each by its file. It may be killed at any point and run again; files whose size and time are
 * those of an earlier import are not read again. The observatory is made when it is not there.
 *
 * Throws `crds.import-folder-missing`, `crds.observatory-invalid`, busy `files.disk-low`.
 */
export async function importFolder(
  core: ImportCore,
  request: ImportRequest,
  actor: Actor,
  listener: ImportListener = {},
): Promise<ImportReport> {
  const startedAt = performance.now();
  const run = await beginRun(core, request, actor, listener);
  const layout = await layoutOf(run.folder, run.observatory);
  const { mappings, references } = await look(run, layout.roots);
  const config = await readCacheConfig(run.folder, layout.config, run.observatory, (problem) =>
    noteProblem(run, problem),
  );
  await importMappings(run, mappings);
  if (run.references !== 'none') await importReferences(run, references, config.files);
  const namedOnly = run.dryRun ? 0 : await registerNamed(run, config.files);
  const incompleteMappings = run.dryRun ? 0 : await tellMissingMappings(run);
  const contexts = await applyConfig(run, config, request.latest, actor);
  const report: ImportReport = {
    observatory: run.observatory,
    folder: run.folder,
    layout: layout.kind,
    dryRun: run.dryRun,
    mappings: run.mappings,
    references: run.referenceFiles,
    namedOnly,
    incompleteMappings,
    ignored: run.ignored,
    contexts,
    refused: run.refused,
    warnings: run.warnings,
    problems: run.problems,
    seconds: Math.round(performance.now() - startedAt) / 1000,
  };
  if (!run.dryRun) await endImport(core.db.sql, run.observatory, run.folder, report);
  return report;
}

async function beginRun(
  core: ImportCore,
  request: ImportRequest,
  actor: Actor,
  listener: ImportListener,
): Promise<ImportRun> {
  const { observatory, references = 'link', dryRun = false } = request;
  const folder = await realpath(path.resolve(request.folder)).catch(() => undefined);
  if (folder === undefined || !(await stat(folder)).isDirectory()) throw folderMissing(request.folder);
  if (!dryRun) {
    // An observatory that is there keeps its title and settings.
    const known = await listObservatories(core.db.sql);
    if (!known.some((one) => one.observatory === observatory))
      await putObservatory(core, { observatory }, actor);
    await beginImport(core.db.sql, observatory, folder, references);
  }
  return {
    core,
    observatory,
    folder,
    references,
    dryRun,
    mappings: noCounts(),
    referenceFiles: noCounts(),
    ignored: 0,
    problems: [],
    refused: 0,
    warnings: 0,
    listener,
  };
}

function folderMissing(folder: string): AppError {
  return new AppError('missing', 'crds.import-folder-missing', `There is no folder ${folder}.`, {
    next: 'Name the folder that contains the mapping files, or the cache (CRDS_PATH).',
  });
}

interface Looked {
  mappings: FoundFile[];
  references: FoundFile[];
}

/** Names, sizes and times of all files; their contents are read later, some at a time. */
async function look(run: ImportRun, roots: readonly string[]): Promise<Looked> {
  const looked: Looked = { mappings: [], references: [] };
  for (const root of roots) {
    for await (const batch of walkFolder(run.folder, root, run.listener.signal)) {
      for (const found of batch) {
        if ('problem' in found) noteProblem(run, found.problem);
        else sortFile(run, found.file, looked);
      }
      const done = looked.mappings.length + looked.references.length;
      run.listener.progress?.({ step: 'looking', done, total: done, bytes: 0, totalBytes: 0 });
    }
  }
  // The same files in the same order, whatever the file system says: of twins the same one counts each time.
  for (const files of [looked.mappings, looked.references]) files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return looked;
}

function sortFile(run: ImportRun, file: FoundFile, { mappings, references }: Looked): void {
  if (isMappingOf(run.observatory, file.name)) mappings.push(file);
  else if (isMappingName(file.name)) {
    noteProblem(run, {
      severity: 'refused',
      path: file.path,
      message: `is no mapping of ${run.observatory}`,
    });
  } else if (/\.[pir]map$/i.test(file.name)) {
    noteProblem(run, { severity: 'refused', path: file.path, message: 'is no name of a mapping' });
  } else if (isReferenceName(file.name)) references.push(file);
  else run.ignored++;
}
