import type { ReactNode } from 'react';
import { type Column, DataTable, type Sort } from './data-table.tsx';
import { TableFoot } from './table-foot.tsx';

interface LocalTableProps<Row> {
  label: string;
  columns: Column<Row>[];
  /** All of them, filtered; undefined while they are read. */
  rows: readonly Row[] | undefined;
  rowKey: (row: Row) => string;
  tookMs: number;
  /** As the address says it: `-failed` = by column failed, most first. */
  sort: string | undefined;
  /** Number of the first row that is shown, from 0. */
  from: number;
  /** How the rows come without a choice, in words. */
  order: string;
  empty: ReactNode;
  onPlace: (place: { sort?: string | undefined; from?: string | undefined }) => void;
  onOpen?: (row: Row, inTab: boolean) => void;
}

const pageSize = 100;

export function readSort(text: string | undefined): Sort | undefined {
  if (text === undefined || text === '') return undefined;
  return text.startsWith('-') ? { id: text.slice(1), isDown: true } : { id: text, isDown: false };
}

/** The rows in the order of a column; equal ones stay as they were. */
export function sortedRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sort: Sort | undefined,
): readonly Row[] {
  const by = columns.find(({ id }) => id === sort?.id)?.sortBy;
  if (by === undefined || sort === undefined) return rows;
  const sign = sort.isDown ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [left, right] = [by(a), by(b)];
    return left < right ? -sign : left > right ? sign : 0;
  });
}

/** A list that is short enough to come whole: sorted by its heads, shown a hundred rows at a time. */
export function LocalTable<Row>(props: LocalTableProps<Row>) {
  const { columns, rows, from, onPlace, onOpen } = props;
  const sort = readSort(props.sort);
  const sorted = rows === undefined ? undefined : sortedRows(rows, columns, sort);
  const shown = sorted?.slice(from, from + pageSize);
  const to = (first: number) => onPlace({ sort: props.sort, from: first <= 0 ? undefined : String(first) });
  return (
    <>
      <DataTable
        label={props.label}
        columns={columns}
        rows={shown}
        rowKey={props.rowKey}
        {...(onOpen === undefined ? {} : { onOpen })}
        sort={sort}
        onSort={({ id, isDown }) => onPlace({ sort: `${isDown ? '-' : ''}${id}` })}
        empty={props.empty}
      />
      {sorted !== undefined && shown !== undefined && (
        <TableFoot
          n={shown.length}
          first={from === 0}
          about={sorted.length}
          tookMs={props.tookMs}
          order={columns.find(({ id }) => id === sort?.id)?.head.toLowerCase() ?? props.order}
          moves={['Before', 'Next']}
          onNewer={from === 0 ? undefined : () => to(from - pageSize)}
          onOlder={from + pageSize >= sorted.length ? undefined : () => to(from + pageSize)}
        />
      )}
    </>
  );
}
