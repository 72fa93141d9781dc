/** Rows as text in columns, for people and for `awk`. Missing values are `-`. */
export function formatColumns(
  header: readonly string[],
  rows: ReadonlyArray<ReadonlyArray<string | null>>,
): string {
  const lines = [
    header,
    ...rows.map((row) => row.map((cell) => (cell === null || cell === '' ? '-' : cell))),
  ];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** An instant to the second, in UTC. */
export function formatInstant(time: Date | null): string | null {
  return time === null ? null : time.toISOString().replace(/\.\d+Z$/, 'Z');
}
