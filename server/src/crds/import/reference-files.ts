import path from 'node:path';
import { AppError, messageOf } from '../../core/errors.ts';
import { openBeneath } from '../../core/files/index.ts';
import { filesOf } from '../catalogue/files.store.ts';
import { wrongNames } from '../catalogue/proof.store.ts';
import { type ImportRun, noteProblem } from './import-run.ts';
import { rememberFiles, unchangedPaths } from './imported.store.ts';
import { type Expected, keepFile, linkFile, type PlacedFile, recordPlaced } from './place-file.ts';
import { type FoundFile, reason } from './walk.ts';

/** Files that are compared with the catalogue by one question. */
const askedTogether = 500;
/** Files that are read at once; more make a disk slower. */
const readTogether = 4;
/** After so many files, bytes or milliseconds what was read is entered: a killed import reads no more than these again. */
const recordFiles = 500;
const recordBytes = 256 * 1024 * 1024;
const recordMs = 500;

interface Placed {
  found: FoundFile;
  placed: PlacedFile;
}

/** Keeps or links references, each verified. `known` says what a file must be where the catalogue does not yet. */
export async function importReferences(
  run: ImportRun,
  files: readonly FoundFile[],
  known: ReadonlyMap<string, Expected>,
): Promise<void> {
  const { referenceFiles, listener } = run;
  referenceFiles.found = files.length;
  const totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const reader = new ReferenceReader(run, known);
  let bytes = 0;
  for (let at = 0; at < files.length; at += askedTogether) {
    const batch = files.slice(at, at + askedTogether);
    await reader.take(batch, (done) => {
      bytes += done.sizeBytes;
      listener.progress?.({ step: 'references', done: reader.done, total: files.length, bytes, totalBytes });
    });
  }
  await reader.record();
}

class ReferenceReader {
  done = 0;
  private readonly run: ImportRun;
  private readonly known: ReadonlyMap<string, Expected>;
  private readonly seen = new Map<string, string>();
  /** Kept files whose bytes were found wrong: right ones are kept in their place, also when others are linked. */
  private damaged: ReadonlySet<string> = new Set();
  private placed: Placed[] = [];
  private placedBytes = 0;
  private recordedAt = performance.now();
  private recording: Promise<void> = Promise.resolve();

  constructor(run: ImportRun, known: ReadonlyMap<string, Expected>) {
    this.run = run;
    this.known = known;
  }

  async take(batch: readonly FoundFile[], onDone: (file: FoundFile) => void): Promise<void> {
    const { core, observatory, folder, references, referenceFiles } = this.run;
    const places = references === 'copy' ? ['kept'] : ['kept', 'linked'];
    const unchanged = await unchangedPaths(core.db.sql, observatory, folder, batch, places);
    referenceFiles.unchanged += unchanged.size;
    const expected = await this.expectedOf(batch.filter(({ path }) => !unchanged.has(path)));
    const queue = batch.values();
    const work = async () => {
      for (const found of queue) {
        this.run.listener.signal?.throwIfAborted();
        if (!unchanged.has(found.path)) await this.takeOne(found, expected.get(found.name) ?? {});
        else this.seen.set(found.name, found.path);
        this.done++;
        onDone(found);
      }
    };
    await Promise.all(Array.from({ length: readTogether }, work));
  }

  private async expectedOf(files: readonly FoundFile[]): Promise<Map<string, Expected>> {
    const { core, observatory } = this.run;
    const expected = new Map<string, Expected>();
    for (const { name } of files) {
      const known = this.known.get(name);
      if (known !== undefined) expected.set(name, known);
    }
    const rows = await filesOf(
      core.db.sql,
      observatory,
      files.map(({ name }) => name),
    );
    const kept = rows.filter(({ place }) => place === 'kept').map(({ name }) => name);
    this.damaged = await wrongNames(core.db.sql, observatory, kept);
    for (const { name, sizeBytes, sha1 } of rows) {
      const known = this.known.get(name);
      expected.set(name, {
        sizeBytes: sizeBytes ?? known?.sizeBytes ?? null,
        sha1: sha1 ?? known?.sha1 ?? null,
      });
    }
    return expected;
  }

  private async takeOne(found: FoundFile, expected: Expected): Promise<void> {
    const first = this.seen.get(found.name);
    if (first !== undefined) return this.refuse(found, `is not read: ${first} has the same name`, 'warning');
    this.seen.set(found.name, found.path);
    if (expected.sizeBytes != null && expected.sizeBytes !== found.sizeBytes) {
      return this.refuse(found, `has ${found.sizeBytes} bytes instead of ${expected.sizeBytes}`);
    }
    try {
      const placed = await this.read(found, expected);
      this.run.referenceFiles.bytes += placed.sizeBytes;
      if (placed.sizeBytes !== found.sizeBytes) return this.refuse(found, 'changed while it was read');
      this.placed.push({ found, placed });
      this.placedBytes += placed.sizeBytes;
      const isDue = performance.now() - this.recordedAt >= recordMs;
      if (isDue || this.placed.length >= recordFiles || this.placedBytes >= recordBytes) await this.record();
    } catch (error) {
      if (this.run.listener.signal?.aborted === true) throw error;
      if (error instanceof AppError && error.kind === 'busy') throw error;
      const isOther = error instanceof AppError && error.code === 'crds.file-differs';
      this.refuse(found, isOther ? messageOf(error) : `cannot be read: ${reason(error)}`);
    }
  }

  private async read(found: FoundFile, expected: Expected): Promise<PlacedFile> {
    const { core, folder, references, listener, dryRun } = this.run;
    const handle = await openBeneath(folder, found.path);
    try {
      const isKept = references === 'copy' || this.damaged.has(found.name);
      if (!isKept || dryRun) {
        return await linkFile(found.name, path.join(folder, found.path), handle, expected, listener.signal);
      }
      const source = handle.createReadStream({ autoClose: false, highWaterMark: 512 * 1024 });
      return await keepFile(core, found.name, source, expected, listener.signal);
    } finally {
      await handle.close();
    }
  }

  /** Enters what was read; one transaction at a time, since each takes the lock of the observatory. */
  record(): Promise<void> {
    const batch = this.placed;
    this.placed = [];
    this.placedBytes = 0;
    this.recordedAt = performance.now();
    this.recording = this.recording.then(() => this.recordBatch(batch));
    return this.recording;
  }

  private async recordBatch(batch: readonly Placed[]): Promise<void> {
    const { core, observatory, folder, referenceFiles, dryRun } = this.run;
    if (batch.length === 0) return;
    if (dryRun) {
      referenceFiles.known += batch.length;
      return;
    }
    const stored = await core.db.transaction(async (tx) => {
      const outcome = await recordPlaced(
        core,
        tx,
        observatory,
        batch.map(({ placed }) => placed),
      );
      const different = new Set(outcome.different);
      const right = batch.filter(({ found }) => !different.has(found.name));
      await rememberFiles(
        tx,
        observatory,
        folder,
        right.map(({ found, placed }) => ({ ...found, sha1: placed.sha1 })),
      );
      return outcome;
    });
    referenceFiles.added += stored.added.length;
    referenceFiles.completed += stored.completed.length;
    referenceFiles.known +=
      batch.length - stored.added.length - stored.completed.length - stored.different.length;
    const different = new Set(stored.different);
    for (const { found } of batch) {
      if (different.has(found.name))
        this.refuse(found, 'the catalogue has a file of this name with other contents');
    }
  }

  private refuse(found: FoundFile, message: string, severity: 'refused' | 'warning' = 'refused'): void {
    if (severity === 'refused') this.run.referenceFiles.refused++;
    noteProblem(this.run, { severity, path: found.path, message });
  }
}
