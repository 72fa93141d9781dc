import { AppError } from '../core/errors.ts';
import type { ErrorStyle } from '../core/http/index.ts';

/** Downloads and pages that clients of CRDS fetch: the sentence, as text. The RPC answers errors by itself. */
export const crdsErrors: ErrorStyle = {
  name: 'crds',
  render(error, _request, reply) {
    void reply.type('text/plain; charset=utf-8');
    return `${error.message}${error.next === undefined ? '' : ` ${error.next}`}\n`;
  },
};

export function observatoryUnknown(name: string): AppError {
  return new AppError(
    'missing',
    'crds.observatory-unknown',
    `There is no observatory "${name.slice(0, 40)}" here.`,
    {
      next: 'The observatories are listed at /api/crds/observatories.',
    },
  );
}

export function fileUnknown(observatory: string, name: string): AppError {
  return new AppError('missing', 'crds.file-unknown', `${observatory} has no file "${name.slice(0, 128)}".`, {
    next: `Look for it at /api/crds/observatories/${observatory}/files.`,
  });
}
