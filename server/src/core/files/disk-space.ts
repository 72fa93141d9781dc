import { statfs } from 'node:fs/promises';
import { AppError } from '../errors.ts';

export interface FreeSpaceRule {
  /** Bytes that must stay free. */
  minFreeBytes: number;
  /** The same as a share of the disk, percent. */
  minFreePercent: number;
}

export const defaultFreeSpace: FreeSpaceRule = { minFreeBytes: 2 * 1024 ** 3, minFreePercent: 5 };

export type DiskSpace = (folder: string) => Promise<{ freeBytes: number; totalBytes: number }>;

/** What an ordinary account may still write there. */
export const measureDisk: DiskSpace = async (folder) => {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
};

/** Throws AppError busy `files.disk-low` when less than the rule is free. */
export async function demandFreeSpace(
  folder: string,
  rule: FreeSpaceRule,
  measure: DiskSpace,
): Promise<void> {
  const { freeBytes, totalBytes } = await measure(folder);
  if (freeBytes >= rule.minFreeBytes && freeBytes >= (totalBytes * rule.minFreePercent) / 100) return;
  throw diskLow(freeBytes, totalBytes);
}

function diskLow(freeBytes: number, totalBytes: number, cause?: unknown): AppError {
  return new AppError('busy', 'files.disk-low', 'The disk is nearly full; no new files are taken.', {
    next: 'Free some space or move the data folder to a larger disk; everything else goes on meanwhile.',
    details: { freeBytes, totalBytes },
    retryAfterSeconds: 60,
    cause,
  });
}

/** "No space left" and "quota exceeded" by the system are the same to the caller as our own limit. */
export function asDiskLow(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOSPC' || code === 'EDQUOT' ? diskLow(0, 0, error) : error;
}
