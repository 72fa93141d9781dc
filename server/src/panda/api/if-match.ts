import type { FastifyRequest } from 'fastify';
import { AppError } from '../../core/errors.ts';

/**
 * The version that the caller read and means to change, of `If-Match: "3"`. Throws `panda.version-missing` without one:
 * nobody overwrites what he has not seen.
 */
export function versionOf(request: FastifyRequest): number {
  const [, digits] = /^(?:W\/)?"?(\d{1,9})"?$/.exec(request.headers['if-match']?.trim() ?? '') ?? [];
  if (digits === undefined) {
    throw new AppError(
      'invalid',
      'panda.version-missing',
      'The request does not say which version it changes.',
      {
        next: 'Send the version that you read as the header If-Match.',
      },
    );
  }
  return Number(digits);
}
