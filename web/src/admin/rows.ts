/** Lists of the core come as `{rows}`; an older shape is the bare array. */
export type RowsOf<T> = T[] | { rows: T[] };

export function rowsOf<T>(data: RowsOf<T> | undefined): T[] | undefined {
  return data === undefined || Array.isArray(data) ? data : data.rows;
}
