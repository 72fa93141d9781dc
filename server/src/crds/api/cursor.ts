import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { AppError } from '../../core/errors.ts';

/** The way to go from a place in a list. */
export type Direction = 'older' | 'newer';

/** The row at the place itself is not on the page. */
export interface Cursor<P> {
  direction: Direction;
  place: P;
}

/** An opaque text for a place in a list and the way to go from it. */
export function writeCursor<P>(direction: Direction, place: P): string {
  return Buffer.from(`${direction === 'older' ? 'o' : 'n'}${JSON.stringify(place)}`).toString('base64url');
}

/** The place as the list's own schema has it; throws `crds.cursor-invalid`. */
export function readCursor<S extends TSchema>(schema: S, text: string): Cursor<Static<S>> {
  const whole = Buffer.from(text, 'base64url').toString('utf8');
  const sign = whole.charAt(0);
  const place = parsed(whole.slice(1));
  if ((sign !== 'o' && sign !== 'n') || !Value.Check(schema, place)) throw cursorInvalid();
  return { direction: sign === 'o' ? 'older' : 'newer', place: place as Static<S> };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function cursorInvalid(): AppError {
  return new AppError('invalid', 'crds.cursor-invalid', 'The cursor is not one of this list.', {
    next: 'Begin again without a cursor.',
  });
}
