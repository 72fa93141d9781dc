import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Core } from '../../core/core.ts';
import type { Sql } from '../../core/db/index.ts';
import { AppError } from '../../core/errors.ts';
import { openBeneath } from '../../core/files/index.ts';
import { folderOf } from '../factory/storage-place.ts';
import type { JobFile } from '../jobs/file.ts';
import { listEndpoints } from '../queues/endpoints.ts';
import { claimsOf } from './job.store.ts';
import { maySee, type Sight } from './sight.ts';

/** Folders of this host by endpoint. */
export async function listFolders(sql: Sql): Promise<Map<string, string>> {
  const endpoints = await listEndpoints(sql);
  return new Map(
    endpoints.flatMap(({ endpoint, document }) => {
      const folder = folderOf(document);
      return folder === null ? [] : [[endpoint, folder] as const];
    }),
  );
}

type Stored = Pick<JobFile, 'type' | 'status' | 'endpoint' | 'scope' | 'lfn'>;

/** An output or log that was stored at an endpoint of this host. */
export function isHere(
  { type, status, endpoint, scope }: Stored,
  folders: ReadonlyMap<string, string>,
): boolean {
  const isMade = (type === 'output' || type === 'log') && status === 'ready';
  return isMade && endpoint !== null && scope !== null && folders.has(endpoint);
}

/**
 * Opens the bytes of a job's output; the caller closes them. Where they are follows from scope and name (Rucio's
 * deterministic layout), never from what a pilot said. Every job that claims to have made the file must be in sight, so
 * that nobody reads the file of another by naming it. Throws `panda.job-file-missing`.
 */
export async function openStored(
  { db }: Core,
  file: JobFile,
  sight: Sight,
): Promise<{ handle: FileHandle; sizeBytes: number }> {
  const folders = await listFolders(db.sql);
  const folder = folders.get(file.endpoint ?? '');
  if (folder === undefined || !isHere(file, folders)) throw fileMissing(file.lfn);
  const claims = await claimsOf(db.sql, file.lfn, file.scope ?? '');
  if (!claims.every((claim) => maySee(sight, claim))) throw fileMissing(file.lfn);
  try {
    const handle = await openBeneath(folder, relativePath(file.scope ?? '', file.lfn));
    return { handle, sizeBytes: (await handle.stat()).size };
  } catch (error) {
    if (error instanceof AppError && error.status < 500) throw fileMissing(file.lfn);
    throw error;
  }
}

function relativePath(scope: string, lfn: string): string {
  const hash = createHash('md5').update(`${scope}:${lfn}`).digest('hex');
  return `${scope.replaceAll('.', '/')}/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${lfn}`;
}

export function fileMissing(name: string): AppError {
  return new AppError('missing', 'panda.job-file-missing', `The file "${name.slice(0, 200)}" is not here.`, {
    next: 'Outputs and logs can be had here while the storage of this server has them.',
  });
}
