import path from 'node:path';
import type { Core } from '../../core/core.ts';
import { messageOf } from '../../core/errors.ts';
import { openBeneath } from '../../core/files/index.ts';
import { mappingTexts } from '../downloads/downloads.store.ts';
import { fetchFile } from '../mirror/index.ts';
import { instrumentFolder } from './cache-place.ts';
import { makeFolder, placeBytes, placeFile, placeLinked, sizeOf, syncFolder } from './place.ts';
import { mappingsAfter, type Publishable, referencesAfter } from './publication.store.ts';

/** One run: where, and what it has come to. */
export interface PublishRun {
  core: Core;
  observatory: string;
  folder: string;
  layout: 'instrument' | 'flat';
  signal: AbortSignal;
  /** Files that are there as they should be. */
  there: number;
  /** Files placed by this run. */
  placed: number;
  /** Names that cannot be published, and why; the first few. */
  problems: string[];
  problemCount: number;
}

const mappingsTogether = 200;
const referencesTogether = 2000;
/** Files that are placed at once. */
const together = 8;

/** All mappings first: contexts of any age may be asked for. */
export async function publishMappings(run: PublishRun): Promise<void> {
  const { core, observatory } = run;
  const folder = path.join(run.folder, 'mappings', observatory);
  await makeFolder(folder);
  for (let after = ''; ; ) {
    run.signal.throwIfAborted();
    const files = await mappingsAfter(core.db.sql, observatory, after, mappingsTogether);
    if (files.length === 0) break;
    after = files.at(-1)?.name ?? '';
    const missing = await filterMissing(run, files, () => folder);
    const texts = await mappingTexts(
      core.db.sql,
      missing.flatMap(({ sha256 }) => sha256 ?? []),
    );
    await each(missing, async ({ name, sha256 }) => {
      const content = texts.get(sha256 ?? '');
      if (content === undefined) return problem(run, name, 'its text is not here');
      await placeBytes(path.join(folder, name), content);
      run.placed++;
    });
  }
  await syncFolder(folder);
}

/** References, those of `names` or all that are here; what only the upstream server has is fetched. */
export async function publishReferences(run: PublishRun, names: readonly string[] | null): Promise<void> {
  const { core, observatory } = run;
  const root = path.join(run.folder, 'references', observatory);
  await makeFolder(root);
  const folders = new Set<string>();
  const seen = new Set<string>();
  for (let after = ''; ; ) {
    run.signal.throwIfAborted();
    const files = await referencesAfter(core.db.sql, observatory, names, after, referencesTogether);
    if (files.length === 0) break;
    after = files.at(-1)?.name ?? '';
    for (const { name } of files) seen.add(name);
    const placed = files.filter((file) => folderOf(run, root, file) !== null);
    for (const file of files) {
      if (folderOf(run, root, file) === null) problem(run, file.name, 'its instrument is not known');
    }
    const folderFor = (file: Publishable) => folderOf(run, root, file) ?? root;
    for (const file of placed) folders.add(folderFor(file));
    for (const folder of folders) await makeFolder(folder);
    await each(await filterMissing(run, placed, folderFor), (file) => placeOne(run, file, folderFor(file)));
  }
  for (const name of names ?? []) if (!seen.has(name)) problem(run, name, 'the catalogue does not have it');
  for (const folder of folders) await syncFolder(folder);
}

function folderOf(run: PublishRun, root: string, { name, instrument }: Publishable): string | null {
  if (run.layout === 'flat') return root;
  const folder = instrumentFolder(run.observatory, name, instrument);
  return folder === null ? null : path.join(root, folder);
}

/** Files that are not there with their size. Contents need no look: names never get other bytes. */
async function filterMissing(
  run: PublishRun,
  files: readonly Publishable[],
  folderFor: (file: Publishable) => string,
): Promise<Publishable[]> {
  const missing: Publishable[] = [];
  await each(files, async (file) => {
    const size = await sizeOf(path.join(folderFor(file), file.name));
    if (size !== null && size === file.sizeBytes) run.there++;
    else missing.push(file);
  });
  return missing;
}

async function placeOne(run: PublishRun, file: Publishable, folder: string): Promise<void> {
  const { core, observatory } = run;
  try {
    const held = file.place === 'upstream' ? await fetched(core, observatory, file) : file;
    if (held.place !== 'kept' && held.place !== 'linked')
      return problem(run, file.name, 'its bytes are not here');
    const target = path.join(folder, file.name);
    if (held.place === 'linked') await placeFromLink(target, held);
    else await placeFile(target, async (beside) => void (await core.files.link(held.sha256 ?? '', beside)));
    const size = await sizeOf(target);
    if (held.sizeBytes !== null && size !== held.sizeBytes) {
      return problem(run, file.name, `has ${size} bytes instead of ${held.sizeBytes}`);
    }
    run.placed++;
  } catch (error) {
    run.signal.throwIfAborted();
    problem(run, file.name, messageOf(error));
  }
}

async function fetched(core: Core, observatory: string, file: Publishable): Promise<Publishable> {
  await fetchFile(core, observatory, file.name);
  const [now] = await referencesAfter(core.db.sql, observatory, [file.name], '', 1);
  return now ?? file;
}

async function placeFromLink(target: string, { linkedPath, sizeBytes }: Publishable): Promise<void> {
  const source = linkedPath ?? '';
  const handle = await openBeneath(path.dirname(source), path.basename(source));
  try {
    const { size } = await handle.stat();
    if (sizeBytes !== null && size !== sizeBytes) {
      throw new Error(`${source} has ${size} bytes instead of ${sizeBytes}`);
    }
    await placeLinked(target, source, handle);
  } finally {
    await handle.close();
  }
}

/** More are counted only. */
const keptProblems = 5;

function problem(run: PublishRun, name: string, why: string): void {
  run.problemCount++;
  if (run.problems.length < keptProblems) run.problems.push(`${name}: ${why}`);
}

async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const one = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: together }, one));
}
