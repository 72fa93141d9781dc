import type { From } from './harvester-said.store.ts';

/** A page of rows that were asked for one more than wanted, in the way of `from`. */
export interface Cut<Row> {
  /** As the list shows them. */
  rows: Row[];
  hasNewer: boolean;
  hasOlder: boolean;
}

/** Rows as they were found in the way of `from`, cut to the page and turned to the order of the list. */
export function cutPage<Row>(
  found: readonly Row[],
  limit: number,
  from: From<unknown> | undefined,
): Cut<Row> {
  const hasMore = found.length > limit;
  const rows = found.slice(0, limit);
  const goesNewer = from?.direction === 'newer';
  return {
    rows: goesNewer ? rows.toReversed() : rows,
    hasNewer: goesNewer ? hasMore : from !== undefined,
    hasOlder: goesNewer || hasMore,
  };
}
