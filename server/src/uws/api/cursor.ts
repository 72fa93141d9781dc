import { AppError } from '../../core/errors.ts';
import type { Place } from '../jobs/list.store.ts';

export interface Cursor {
  direction: 'older' | 'newer';
  place: Place;
}

/** An opaque text for a place in a list and the way to go from it. */
export function writeCursor({ direction, place }: Cursor): string {
  const sign = direction === 'older' ? 'o' : 'n';
  return Buffer.from(`${sign}${place.createdAt.getTime()}.${place.jobId}`).toString('base64url');
}

/** The last moment a time of ours can have: the end of the year 9999. */
const maxMs = 253_402_300_799_999;

/** Throws `uws.cursor-invalid`. */
export function readCursor(text: string): Cursor {
  const match = /^([on])(\d{1,15})\.([0-9a-z]{1,100})$/.exec(
    Buffer.from(text, 'base64url').toString('latin1'),
  );
  if (match === null || Number(match[2]) > maxMs) {
    throw new AppError('invalid', 'uws.cursor-invalid', 'The cursor is not one of this list.', {
      next: 'Begin again without a cursor.',
    });
  }
  const [, sign, time, jobId = ''] = match;
  return { direction: sign === 'o' ? 'older' : 'newer', place: { createdAt: new Date(Number(time)), jobId } };
}
