import { AppError } from '../../core/errors.ts';

/** The way to go from a place in a list. */
export type Direction = 'older' | 'newer';

export interface JobCursor {
  direction: Direction;
  /** The place itself is not on the page. */
  jobId: number;
}

/** An opaque text for a place in a list and the way to go from it. */
export function writeCursor({ direction, jobId }: JobCursor): string {
  return `${direction === 'older' ? 'o' : 'n'}${jobId.toString(36)}`;
}

/** Throws `panda.cursor-invalid`. */
export function readCursor(text: string): JobCursor {
  const [, sign, digits = ''] = /^([on])([0-9a-z]{1,11})$/.exec(text) ?? [];
  const jobId = Number.parseInt(digits, 36);
  if (sign === undefined || !Number.isSafeInteger(jobId)) throw cursorInvalid();
  return { direction: sign === 'o' ? 'older' : 'newer', jobId };
}

export function cursorInvalid(): AppError {
  return new AppError('invalid', 'panda.cursor-invalid', 'The cursor is not one of this list.', {
    next: 'Begin again without a cursor.',
  });
}
