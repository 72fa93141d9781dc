import { type Cursor, writeCursor } from './cursor.ts';

/** The part of `pageOf` that the rows decide. */
export interface PageEnds<R> {
  rows: R[];
  newer: string | null;
  older: string | null;
}

/**
 * Makes a page of what was found beyond a place. `found` is in the order of the list and has one row more than `limit`
 * when there is more that way: at its end going older, at its beginning going newer.
 */
export function cutPage<R, P>(
  found: readonly R[],
  limit: number,
  from: Cursor<P> | undefined,
  placeOf: (row: R) => P,
): PageEnds<R> {
  const goesNewer = from?.direction === 'newer';
  const hasMore = found.length > limit;
  const rows = hasMore ? (goesNewer ? found.slice(1) : found.slice(0, limit)) : [...found];
  const first = rows[0];
  const last = rows.at(-1);
  const hasNewer = goesNewer ? hasMore : from !== undefined;
  const hasOlder = goesNewer ? true : hasMore;
  return {
    rows,
    newer: hasNewer ? endOf('newer', first, from, placeOf) : null,
    older: hasOlder ? endOf('older', last, from, placeOf) : null,
  };
}

/** Of an empty page the way back is to the place it was reached from. */
function endOf<R, P>(
  direction: Cursor<P>['direction'],
  row: R | undefined,
  from: Cursor<P> | undefined,
  placeOf: (row: R) => P,
): string | null {
  if (row !== undefined) return writeCursor(direction, placeOf(row));
  return from === undefined ? null : writeCursor(direction, from.place);
}
