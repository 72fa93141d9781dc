import { constants } from 'node:buffer';
import { messageOf } from '../../core/errors.ts';
import { openBeneath } from '../../core/files/index.ts';
import { digestsOf } from '../catalogue/digests.ts';
import type { NewFile } from '../catalogue/file.ts';
import { addFiles } from '../catalogue/files.store.ts';
import { faultText, findingFault } from '../rules/fault.ts';
import type { Mapping } from '../rules/mapping.ts';
import { MappingError } from '../rules/mapping-error.ts';
import { parseMappingName } from '../rules/names.ts';
import { readingMapping } from '../rules/read.ts';
import { inTurns } from '../rules/steps.ts';
import { filesOf } from '../rules/uses.ts';
import { type ImportRun, noteProblem } from './import-run.ts';
import { rememberFiles, unchangedPaths } from './imported.store.ts';
import { type FoundFile, reason } from './walk.ts';

/** Files of one transaction: few enough that a killed import loses little. */
const filesTogether = 100;
const bytesTogether = 8 * 1024 * 1024;
/** The largest ever published has 4 MB. */
const maxBytes = 64 * 1024 * 1024;

interface ReadFile {
  found: FoundFile;
  file: NewFile & { content: Buffer };
  sha1: string;
}

/** Reads mappings, checks each by itself, and enters those that are right. The others are problems of the run. */
export async function importMappings(run: ImportRun, found: readonly FoundFile[]): Promise<void> {
  const files = oneOfEachName(run, found);
  const { mappings, listener } = run;
  mappings.found = found.length;
  const totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let bytes = 0;
  for (let at = 0; at < files.length; ) {
    listener.signal?.throwIfAborted();
    const batch = batchFrom(files, at);
    at += batch.length;
    await importBatch(run, batch);
    bytes += batch.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    listener.progress?.({ step: 'mappings', done: at, total: files.length, bytes, totalBytes });
  }
}

/** A name may lie there twice, in folders of a plain copy; the first by path counts, the other must say the same. */
function oneOfEachName(run: ImportRun, found: readonly FoundFile[]): FoundFile[] {
  const byName = new Map<string, FoundFile>();
  for (const file of found) {
    const first = byName.get(file.name);
    if (first === undefined) byName.set(file.name, file);
    else {
      const message = `is not read: ${first.path} has the same name`;
      noteProblem(run, { severity: 'warning', path: file.path, message });
    }
  }
  return [...byName.values()];
}

function batchFrom(files: readonly FoundFile[], from: number): FoundFile[] {
  let bytes = 0;
  let to = from;
  while (to < files.length && to - from < filesTogether && (to === from || bytes < bytesTogether)) {
    bytes += files[to]?.sizeBytes ?? 0;
    to++;
  }
  return files.slice(from, to);
}

async function importBatch(run: ImportRun, batch: readonly FoundFile[]): Promise<void> {
  const { core, observatory, folder, mappings } = run;
  const unchanged = await unchangedPaths(core.db.sql, observatory, folder, batch, ['kept']);
  mappings.unchanged += unchanged.size;
  const wanted = batch.filter(({ path }) => !unchanged.has(path));
  const read = (await Promise.all(wanted.map((found) => readFile(run, found)))).filter(
    (one) => one !== undefined,
  );
  if (run.dryRun) {
    mappings.known += read.length;
    return;
  }
  if (read.length === 0) return;
  const outcome = await core.db.transaction(async (tx) => {
    const stored = await addFiles(
      tx,
      observatory,
      read.map(({ file }) => file),
    );
    const different = new Set(stored.different);
    await rememberFiles(
      tx,
      observatory,
      folder,
      read.filter(({ file }) => !different.has(file.name)).map(({ found, sha1 }) => ({ ...found, sha1 })),
    );
    return stored;
  });
  mappings.added += outcome.added.length;
  mappings.completed += outcome.completed.length;
  mappings.known += read.length - outcome.added.length - outcome.completed.length - outcome.different.length;
  const different = new Set(outcome.different);
  for (const { found } of read) {
    if (different.has(found.name))
      refuse(run, found, 'the catalogue has a file of this name with other contents');
  }
}

async function readFile(run: ImportRun, found: FoundFile): Promise<ReadFile | undefined> {
  if (found.sizeBytes > maxBytes) return refuse(run, found, `has more than ${maxBytes} bytes`);
  let content: Buffer;
  try {
    content = await readBeneath(run.folder, found.path);
  } catch (error) {
    return refuse(run, found, `cannot be read: ${reason(error)}`);
  }
  run.mappings.bytes += content.length;
  try {
    const text = textOf(content);
    const mapping = await inTurns(readingMapping(text, { name: found.name, strict: false }));
    warnOfName(run, found, mapping);
    const uses = filesOf(mapping, text);
    const fault = await inTurns(findingFault(mapping));
    if (fault !== null) warnOfFault(run, found, fault);
    const derivedFrom = mapping.header.get('derived_from');
    const description = mapping.writtenHeader.get('description');
    const file = {
      name: found.name,
      kind: 'mapping' as const,
      state: 'archived' as const,
      content,
      uses,
      ...(fault === null ? {} : { fault: storable(faultText(fault)) }),
      ...(typeof derivedFrom === 'string' ? { derivedFrom: storable(derivedFrom) } : {}),
      ...(typeof description === 'string' ? { description: storable(description) } : {}),
    };
    return { found, file, sha1: digestsOf(content).sha1 };
  } catch (error) {
    if (!(error instanceof MappingError)) return refuse(run, found, messageOf(error));
    const { line, column, expected } = error;
    return refuse(run, found, `expected ${expected}`, line, column);
  }
}

/** Escapes of a text may write what the database does not take. */
function storable(text: string): string {
  return text.replaceAll('\u0000', '').toWellFormed();
}

/** At most the size that a mapping may have, even when the file grows meanwhile. */
async function readBeneath(folder: string, relative: string): Promise<Buffer> {
  const handle = await openBeneath(folder, relative);
  try {
    const { size } = await handle.stat();
    const content = Buffer.alloc(Math.min(size, maxBytes, constants.MAX_LENGTH));
    let filled = 0;
    while (filled < content.length) {
      const { bytesRead } = await handle.read(content, filled, content.length - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return content.subarray(0, filled);
  } finally {
    await handle.close();
  }
}

function textOf(content: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    throw new MappingError('form', '', 1, 1, 'text in UTF-8');
  }
}

function warnOfName(run: ImportRun, found: FoundFile, mapping: Mapping): void {
  if (mapping.name === found.name) return;
  const message = `its header says that its name is ${mapping.name || 'empty'}`;
  noteProblem(run, { severity: 'warning', path: found.path, message });
}

/** The file is taken: it was published, and clients may ask for it. What leads to it cannot be used. */
function warnOfFault(run: ImportRun, found: FoundFile, { line, column, expected }: MappingError): void {
  const message = `cannot be used: expected ${expected}`;
  noteProblem(run, { severity: 'warning', path: found.path, line, column, message });
}

function refuse(
  run: ImportRun,
  found: FoundFile,
  message: string,
  line?: number,
  column?: number,
): undefined {
  run.mappings.refused++;
  noteProblem(run, {
    severity: 'refused',
    path: found.path,
    message,
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
  });
}

/** Whether a file is a mapping of this observatory by its name. */
export function isMappingOf(observatory: string, name: string): boolean {
  return parseMappingName(name)?.observatory === observatory;
}
