import { AppError } from '../errors.ts';
import { placeMinutes } from './blob-rows.ts';
import type { Digests } from './digests.ts';

/** Throws AppError too-large `files.size-exceeded`. */
export function refuseTooLarge(sizeBytes: number, maxBytes: number | undefined): void {
  if (maxBytes !== undefined && sizeBytes > maxBytes) throw tooLarge(maxBytes);
}

/** Throws AppError invalid when the bytes are not those that the sender announced. */
export function refuseUnexpected(
  read: { sizeBytes: number; digests: Digests },
  expected: { sha256?: string; sizeBytes?: number } | undefined,
): void {
  if (expected?.sizeBytes !== undefined && expected.sizeBytes !== read.sizeBytes) {
    throw new AppError(
      'invalid',
      'files.size-mismatch',
      `${read.sizeBytes} bytes came instead of ${expected.sizeBytes}.`,
      {
        next: 'Send the file again; the transfer was cut short or the size is wrong.',
        details: { expected: expected.sizeBytes, received: read.sizeBytes },
      },
    );
  }
  if (expected?.sha256 !== undefined && expected.sha256 !== read.digests.sha256) {
    throw new AppError(
      'invalid',
      'files.digest-mismatch',
      'The contents do not have the SHA-256 that was announced.',
      {
        next: 'Send the file again; the contents were changed on the way or the checksum is wrong.',
        details: { expected: expected.sha256, received: read.digests.sha256 },
      },
    );
  }
}

export function tooLarge(maxBytes: number): AppError {
  return new AppError('too-large', 'files.size-exceeded', `The file is larger than ${maxBytes} bytes.`, {
    next: 'Send a smaller file, or ask the operator for a higher limit.',
    details: { maxBytes },
  });
}

export function digestMalformed(sha256: string): AppError {
  return new AppError(
    'invalid',
    'files.digest-malformed',
    'A SHA-256 has 64 lower-case hexadecimal digits.',
    {
      next: 'Compute the checksum again.',
      details: { sha256: sha256.slice(0, 100) },
    },
  );
}

export function stalled(): AppError {
  return new AppError(
    'busy',
    'files.upload-stalled',
    `The upload was not recorded within ${placeMinutes} minutes.`,
    {
      next: 'Send the file again.',
    },
  );
}
