import { AppError } from '../../core/errors.ts';

/** The parser's own words for a body that is no whole form; anything else is returned as it is. */
export function brokenUpload(error: unknown): unknown {
  const known =
    /^(Multipart: Boundary not found|Unexpected end of|Malformed part header|Part terminated early|The needle cannot|premature close)/i;
  if (!(error instanceof Error) || !known.test(error.message)) return error;
  return new AppError('invalid', 'panda.upload-broken', 'The multipart body is not whole.', {
    next: 'Send it again, with the boundary in the content type and after the last part.',
    cause: error,
  });
}

/** The caller went away in the middle; nobody reads this. */
export function uploadCut(): AppError {
  return new AppError('invalid', 'panda.upload-broken', 'The upload was cut short.', {
    next: 'Send it again.',
  });
}

export function cacheFileMissing(): AppError {
  return new AppError('missing', 'panda.file-unknown', 'There is no such file.', {
    next: 'Files that nobody asks for go after some days; send it again.',
  });
}
