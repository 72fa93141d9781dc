import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { LogPart } from '../backend.ts';

/** Most bytes of one answer. */
const maxPartBytes = 1024 * 1024;

/** Reads a part of a file that may still grow; a file that is not there yet is empty. */
export async function readLogPart(file: string, fromByte: number, maxBytes: number): Promise<LogPart> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    },
  );
  if (handle === null) return { bytes: Buffer.alloc(0), nextByte: fromByte, sizeBytes: 0 };
  try {
    const { size } = await handle.stat();
    const wanted = Math.max(0, Math.min(maxBytes, maxPartBytes, size - fromByte));
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(wanted), 0, wanted, fromByte);
    return { bytes: buffer.subarray(0, bytesRead), nextByte: fromByte + bytesRead, sizeBytes: size };
  } finally {
    await handle.close();
  }
}
