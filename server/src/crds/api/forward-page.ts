import Type, { type Static, type TSchema } from 'typebox';
import { readCursor, writeCursor } from './cursor.ts';

/** Earlier pages that a cursor remembers; from further on the way back leads to the beginning. */
const mostRemembered = 8;

/** Where a page begins: behind a place, or (null) at the beginning; and where the pages before it began. */
export interface ForwardStart<P> {
  after: P | null;
  trail: Array<P | null>;
}

/** The start that a cursor says; throws `crds.cursor-invalid`. */
export function readForward<S extends TSchema>(
  schema: S,
  cursor: string | undefined,
): ForwardStart<Static<S>> {
  if (cursor === undefined) return { after: null, trail: [] };
  const place = Type.Union([schema, Type.Null()]);
  const whole = Type.Tuple([place, Type.Array(place, { maxItems: mostRemembered })]);
  const [after, trail] = readCursor(whole, cursor).place as [Static<S> | null, Array<Static<S> | null>];
  return { after, trail };
}

/**
 * A page of a list that is read in one direction only: the way back is remembered by its cursors. `found` has one row
 * more than `limit` when there is more.
 */
export function cutForward<R, P>(
  found: readonly R[],
  limit: number,
  { after, trail }: ForwardStart<P>,
  placeOf: (row: R) => P,
): { rows: R[]; newer: string | null; older: string | null; about: number | null } {
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  const hasMore = found.length > limit && last !== undefined;
  const remembered = [...trail, after].slice(-mostRemembered);
  return {
    rows,
    newer: after === null ? null : writeCursor('newer', [trail.at(-1) ?? null, trail.slice(0, -1)]),
    older: hasMore ? writeCursor('older', [placeOf(last), remembered]) : null,
    about: after === null && !hasMore ? rows.length : null,
  };
}
