import { Fragment, type ReactNode, useState } from 'react';
import { SkeletonRows } from './blanks.tsx';
import { count } from './format.ts';
import { Icon } from './glyphs.tsx';
import { useKeys } from './keys.ts';
import { useNarrow } from './media.ts';

export interface Column<Row> {
  id: string;
  head: string;
  cell: (row: Row) => ReactNode;
  /** Figures stand at the right. */
  num?: boolean;
  /** Takes the width that is left and cuts its text at the end. */
  fill?: boolean;
  /** On a narrow screen: `keep` stays in the row, everything else opens under it. */
  narrow?: 'keep';
  /** Full text on hover where `fill` may cut it. */
  full?: (row: Row) => string | undefined;
  sorted?: 'descending' | 'ascending';
  /** The head is only read aloud. */
  quietHead?: boolean;
  /** The rows can be put in the order of this; the head is then a button. */
  sortBy?: (row: Row) => string | number;
}

/** The column that a table is sorted by. */
export interface Sort {
  id: string;
  isDown: boolean;
}

export interface Selection {
  keys: ReadonlySet<string>;
  set: (keys: ReadonlySet<string>) => void;
  /** Acts on what is selected; they name the number they touch. */
  acts: ReactNode;
}

interface DataTableProps<Row> {
  label: string;
  columns: Column<Row>[];
  rows: readonly Row[] | undefined;
  rowKey: (row: Row) => string;
  onOpen?: (row: Row, inTab: boolean) => void;
  /** Rows that changed a moment ago. */
  changed?: ReadonlySet<string>;
  /** The row that is shown beside or below the table. */
  isOn?: (row: Row) => boolean;
  /** Rows that are about to go. */
  leaving?: ReadonlySet<string>;
  newer?: { n: number; show: () => void };
  selection?: Selection;
  empty: ReactNode;
  /** Stands above the rows, inside the panel. */
  top?: ReactNode;
  /** How the rows are sorted, where the reader may choose. */
  sort?: Sort | undefined;
  onSort?: (sort: Sort) => void;
}

/** A table of keyset-paged rows. Live changes never shift it: what is newer waits behind its count. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, columns, rows, rowKey, onOpen, changed, leaving, newer, empty, top } = props;
  const narrow = useNarrow();
  // Acts on many rows are for wide screens; a telephone acts on one object at its page.
  const selection = narrow ? undefined : props.selection;
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [cursor, setCursor] = useState(-1);
  const shown = narrow ? columns.filter((column) => column.narrow === 'keep') : columns;
  const folded = narrow ? columns.filter((column) => column.narrow !== 'keep') : [];
  useRowKeys({ props, cursor, setCursor });
  const bar = (newer !== undefined && newer.n > 0) || (selection !== undefined && selection.keys.size > 0);
  const width = shown.length + (selection === undefined ? 0 : 1) + (folded.length > 0 ? 1 : 0);
  return (
    <div className="panel">
      {top}
      {bar && <Bar newer={newer} selection={selection} />}
      {rows === undefined ? (
        <SkeletonRows />
      ) : rows.length === 0 ? (
        empty
      ) : (
        <table className="table data-table hover" aria-label={label}>
          <thead>
            <tr>
              {selection !== undefined && (
                <th scope="col" className="pick">
                  <PickAll rows={rows.map(rowKey)} selection={selection} />
                </th>
              )}
              {shown.map((column) => (
                <Head key={column.id} column={column} sort={props.sort} onSort={props.onSort} />
              ))}
              {folded.length > 0 && (
                <th scope="col">
                  <span className="only-read">More</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => {
              const key = rowKey(row);
              const picked = selection?.keys.has(key) === true;
              const isOpen = open.has(key);
              return (
                <Fragment key={key}>
                  <tr
                    aria-selected={picked || undefined}
                    className={
                      leaving?.has(key)
                        ? 'leaving'
                        : changed?.has(key)
                          ? 'changed'
                          : props.isOn?.(row) === true
                            ? 'on'
                            : undefined
                    }
                    data-cursor={index === cursor || undefined}
                    data-row={index}
                    onDoubleClick={() => onOpen?.(row, false)}
                  >
                    {selection !== undefined && (
                      <td className="pick">
                        <input
                          type="checkbox"
                          checked={picked}
                          aria-label={`Select ${key}`}
                          onChange={() => selection.set(toggled(selection.keys, key))}
                        />
                      </td>
                    )}
                    {shown.map((column) => (
                      <Cell key={column.id} column={column} row={row} />
                    ))}
                    {folded.length > 0 && (
                      <td className="num">
                        <button
                          type="button"
                          className="fold-toggle"
                          aria-expanded={isOpen}
                          aria-label={`More of ${key}`}
                          onClick={() => setOpen(toggled(open, key))}
                        >
                          <Icon name={isOpen ? 'unfold' : 'fold'} />
                        </button>
                      </td>
                    )}
                  </tr>
                  {isOpen && folded.length > 0 && (
                    <tr className="folded">
                      <td colSpan={width}>
                        <dl className="facts">
                          {folded.map((column) => (
                            <Fragment key={column.id}>
                              <dt>{column.head}</dt>
                              <dd>{column.cell(row)}</dd>
                            </Fragment>
                          ))}
                        </dl>
                      </td>
                    </tr>
                  )}
                </Fragment>
              );
            })}
          </tbody>
        </table>
      )}
    </div>
  );
}

function Head<Row>({
  column,
  sort,
  onSort,
}: {
  column: Column<Row>;
  sort: Sort | undefined;
  onSort: ((sort: Sort) => void) | undefined;
}) {
  const { id, head, num, quietHead, sortBy } = column;
  const isSorted = sort?.id === id;
  const sorted = isSorted ? (sort.isDown ? 'descending' : 'ascending') : column.sorted;
  const arrow = sorted === 'descending' ? ' ↓' : isSorted ? ' ↑' : '';
  const content = quietHead === true ? <span className="only-read">{head}</span> : head;
  return (
    <th scope="col" className={num ? 'num' : ''} aria-sort={sorted}>
      {onSort === undefined || sortBy === undefined ? (
        content
      ) : (
        <button
          type="button"
          className="sort-head"
          // Figures are first wanted from the top, names from their beginning.
          onClick={() => onSort({ id, isDown: isSorted ? !sort.isDown : num === true })}
        >
          {content}
        </button>
      )}
      {arrow}
    </th>
  );
}

function Cell<Row>({ column, row }: { column: Column<Row>; row: Row }) {
  return (
    <td className={column.num ? 'num' : column.fill ? 'cut' : ''} title={column.full?.(row)}>
      {column.cell(row)}
    </td>
  );
}

function toggled(keys: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(keys);
  if (!next.delete(key)) next.add(key);
  return next;
}

function PickAll({ rows, selection }: { rows: string[]; selection: Selection }) {
  const all = rows.every((key) => selection.keys.has(key));
  return (
    <input
      type="checkbox"
      checked={all}
      aria-label="Select all rows of this page"
      onChange={() => selection.set(all ? new Set() : new Set([...selection.keys, ...rows]))}
    />
  );
}

function Bar({
  newer,
  selection,
}: {
  newer: { n: number; show: () => void } | undefined;
  selection: Selection | undefined;
}) {
  return (
    <div className="bulk-bar">
      {selection !== undefined && selection.keys.size > 0 && (
        <>
          <b>{count(selection.keys.size)} selected</b>
          {selection.acts}
          <button type="button" className="link" onClick={() => selection.set(new Set())}>
            Select none
          </button>
        </>
      )}
      {newer !== undefined && newer.n > 0 && (
        <button type="button" className="link newer" onClick={newer.show}>
          {count(newer.n)} newer {newer.n === 1 ? 'row' : 'rows'} — show <kbd>.</kbd>
        </button>
      )}
    </div>
  );
}

/** `j k` move, Enter opens, `o` opens in a tab, `x` selects, `.` shows what is newer. */
function useRowKeys<Row>({
  props,
  cursor,
  setCursor,
}: {
  props: DataTableProps<Row>;
  cursor: number;
  setCursor: (index: number) => void;
}): void {
  const { rows = [], rowKey, onOpen, newer, selection } = props;
  const move = (by: number) => {
    const next = Math.min(Math.max(cursor + by, 0), rows.length - 1);
    setCursor(next);
    document.querySelector(`tr[data-row="${next}"]`)?.scrollIntoView({ block: 'nearest' });
  };
  const row = rows[cursor];
  const openRow = (inTab: boolean) => row !== undefined && onOpen?.(row, inTab);
  const group = 'Lists';
  useKeys([
    { keys: 'j', what: 'next row', group, run: () => move(1) },
    { keys: 'k', what: 'row before', group, run: () => move(-1) },
    { keys: 'o', what: 'open in a tab', group, run: () => openRow(true) },
    { keys: '.', what: 'show newer rows', group, run: () => newer?.show() },
    ...(cursor >= 0 ? [{ keys: 'Enter', what: 'open', group, run: () => openRow(false) }] : []),
    ...(selection === undefined
      ? []
      : [
          {
            keys: 'x',
            what: 'select',
            group,
            run: () => row !== undefined && selection.set(toggled(selection.keys, rowKey(row))),
          },
        ]),
  ]);
}
