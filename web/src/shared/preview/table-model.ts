/** A column of a table as files describe it; empty texts where a file says nothing. */
export interface Column {
  name: string;
  type: string;
  unit: string;
  ucd: string;
  description: string;
  /** Numbers are set right. */
  numeric: boolean;
}

/** A table whose rows are read in parts; cells are text as a person reads it. */
export interface TableModel {
  columns: Column[];
  rowCount: number;
  /** Why this is not the whole table; null = it is. */
  cut: string | null;
  /** Rows `start` up to, not including, `end`; never more than asked for. */
  rows(start: number, end: number, signal?: AbortSignal): Promise<string[][]>;
}

export const plainColumn = (name: string, given: Partial<Column> = {}): Column => ({
  name,
  type: '',
  unit: '',
  ucd: '',
  description: '',
  numeric: false,
  ...given,
});

/** A table that is in memory as a whole. */
export function tableInMemory(columns: Column[], all: string[][], cut: string | null): TableModel {
  return { columns, rowCount: all.length, cut, rows: (start, end) => Promise.resolve(all.slice(start, end)) };
}

const maxCellSigns = 300;

/** A cell as it is shown: long texts are cut, control characters become spaces. */
export function cellText(text: string): string {
  const plain = text.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim();
  return plain.length > maxCellSigns ? `${plain.slice(0, maxCellSigns)}…` : plain;
}

/** A list in one cell: the first numbers and how many there are. */
export function listText(values: readonly string[], total: number): string {
  const shown = values.slice(0, 8).join(', ');
  return total > 8 ? `${shown}, … (${total})` : shown;
}

/** The shortest text that names a 32-bit float: 0.1 instead of 0.10000000149011612. */
export function floatText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '' : String(value);
  for (let digits = 6; digits <= 9; digits += 1) {
    const short = Number(value.toExponential(digits - 1));
    if (Math.fround(short) === value) return String(short);
  }
  return String(value);
}

/** A 64-bit float; NaN is no value. */
export const doubleText = (value: number): string => (Number.isNaN(value) ? '' : String(value));
