import path from 'node:path';
import { verifyBlobs } from './blobs-in.ts';
import { damaged, type Manifest, readManifest } from './manifest.ts';
import { hashFile } from './packed-file.ts';
import { Progress, type ReportProgress } from './progress.ts';

/**
 * Reads a backup from beginning to end and compares every file with the manifest.
 * Throws invalid `backup.damaged` with the file's name; also what `readManifest` throws.
 */
export async function verifyBackup(folder: string, report: ReportProgress = () => {}): Promise<Manifest> {
  const manifest = await readManifest(folder);
  const progress = new Progress(report);
  const files = [...manifest.tables, manifest.blobs];
  progress.expect(files.reduce((sum, { fileBytes }) => sum + fileBytes, manifest.blobs.bytes));
  for (const { file, sha256, fileBytes } of files) {
    progress.begin(`check ${file}`, fileBytes);
    await verifyFile(folder, file, sha256, (bytes) => progress.add(bytes));
  }
  if (manifest.keys !== undefined) await verifyFile(folder, manifest.keys.file, manifest.keys.sha256);
  progress.begin('check files', manifest.blobs.bytes);
  await verifyBlobs(folder, manifest.blobs, progress);
  progress.finish();
  return manifest;
}

async function verifyFile(
  folder: string,
  file: string,
  sha256: string,
  onBytes?: (bytes: number) => void,
): Promise<void> {
  const found = await hashFile(path.join(folder, file), onBytes).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? damaged(file, 'it is not there') : error;
  });
  if (found.sha256 !== sha256) throw damaged(file, 'its contents were changed');
}
