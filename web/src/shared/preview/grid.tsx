import { useEffect, useMemo, useRef, useState } from 'react';
import { ErrorPanel, SkeletonRows } from '../blanks.tsx';
import { exact, plural } from '../format.ts';
import type { Column, TableModel } from './table-model.ts';
import { rowsThatFit, useRowsInSight } from './virtual-lines.tsx';

const rowHeight = 24;
const pageRows = 200;
const maxPages = 60;
/** Columns laid out at once; a wider table is shown in parts. */
const columnsAtOnce = 40;

/** A table of any length: the rows in sight are read and laid out, the head stays. */
export function Grid({ table, label }: { table: TableModel; label: string }) {
  const [from, setFrom] = useState(0);
  const [asList, setAsList] = useState(false);
  const columns = table.columns.slice(from, from + columnsAtOnce);
  if (table.columns.length === 0) return <p className="empty quiet">The table has no columns.</p>;
  return (
    <>
      {asList ? <ColumnList columns={table.columns} /> : <Rows {...{ table, columns, from, label }} />}
      <div className="row table-note small quiet">
        <span>
          {plural(table.rowCount, 'row')}, {plural(table.columns.length, 'column')}
          {table.cut !== null && `; ${table.cut}`}
          {table.rowCount > rowsThatFit(rowHeight) &&
            `; the first ${exact(rowsThatFit(rowHeight))} can be scrolled to`}
        </span>
        <span className="grow" />
        {table.columns.length > columnsAtOnce && !asList && (
          <ColumnMoves from={from} total={table.columns.length} onMove={setFrom} />
        )}
        <button type="button" className="link small" aria-pressed={asList} onClick={() => setAsList(!asList)}>
          {asList ? 'Back to the rows' : 'What the columns are'}
        </button>
      </div>
    </>
  );
}

function ColumnMoves({
  from,
  total,
  onMove,
}: {
  from: number;
  total: number;
  onMove: (from: number) => void;
}) {
  const last = Math.min(total, from + columnsAtOnce);
  return (
    <span className="row tight">
      columns {from + 1}–{last}
      <button
        type="button"
        className="link small"
        disabled={from === 0}
        title={from === 0 ? 'These are the first' : undefined}
        onClick={() => onMove(Math.max(0, from - columnsAtOnce))}
      >
        Earlier columns
      </button>
      <button
        type="button"
        className="link small"
        disabled={last === total}
        title={last === total ? 'These are the last' : undefined}
        onClick={() => onMove(from + columnsAtOnce)}
      >
        Later columns
      </button>
    </span>
  );
}

interface RowsProps {
  table: TableModel;
  columns: Column[];
  from: number;
  label: string;
}

function Rows({ table, columns, from, label }: RowsProps) {
  const count = Math.min(table.rowCount, rowsThatFit(rowHeight));
  const sight = useRowsInSight(count, rowHeight);
  const { pages, error, retry } = usePages(table, sight.first, sight.last);
  const widths = useWidths(columns, pages.get(0) ?? [], from);
  const rowAt = (index: number) => pages.get(Math.floor(index / pageRows))?.[index % pageRows];
  if (error !== undefined)
    return <ErrorPanel what="These rows could not be read" error={error} retry={retry} />;
  if (pages.size === 0 && count > 0) return <SkeletonRows rows={8} />;
  const after = (count - sight.last) * rowHeight;
  const digits = `${String(count).length + 2}ch`;
  return (
    <section
      ref={sight.box}
      className="grid-box"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      aria-label={label}
      onScroll={sight.onScroll}
    >
      <table
        className="grid"
        aria-label={label}
        aria-rowcount={table.rowCount + 1}
        style={{
          width: `calc(${digits} + ${widths.reduce((sum, n) => sum + n, 0)}ch + ${columns.length * 16 + 32}px)`,
        }}
      >
        <colgroup>
          <col style={{ width: `calc(${digits} + 18px)` }} />
          {widths.map((width, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: columns of a file keep their place
            <col key={at} style={{ width: `calc(${width}ch + 16px)` }} />
          ))}
          <col />
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" className="num">
              <span className="only-read">Row</span>
            </th>
            {columns.map((column, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns of a file keep their place
              <th key={at} scope="col" className={column.numeric ? 'num' : ''} title={columnTitle(column)}>
                {column.name}
                <span className="unit">{column.unit || '\u00a0'}</span>
              </th>
            ))}
            <td />
          </tr>
        </thead>
        <tbody>
          {sight.first > 0 && <tr style={{ height: sight.first * rowHeight }} />}
          {Array.from({ length: sight.last - sight.first }, (_, offset) => {
            const index = sight.first + offset;
            const row = rowAt(index);
            return (
              <tr key={index} aria-rowindex={index + 2}>
                <th scope="row" className="num">
                  {exact(index + 1)}
                </th>
                {columns.map((column, at) => (
                  <td
                    // biome-ignore lint/suspicious/noArrayIndexKey: columns of a file keep their place
                    key={at}
                    className={column.numeric ? 'num' : ''}
                    title={longer(row?.[from + at], widths[at])}
                  >
                    {row === undefined ? '…' : (row[from + at] ?? '')}
                  </td>
                ))}
                <td />
              </tr>
            );
          })}
          {after > 0 && <tr style={{ height: after }} />}
        </tbody>
      </table>
    </section>
  );
}

const columnTitle = ({ name, type, unit, ucd, description }: Column) =>
  [
    name,
    description,
    unit === '' ? '' : `unit ${unit}`,
    ucd === '' ? '' : `UCD ${ucd}`,
    type === '' ? '' : `type ${type}`,
  ]
    .filter((part) => part !== '')
    .join('\n');

const longer = (text: string | undefined, width = 0) =>
  text !== undefined && text.length > width ? text : undefined;

/** How wide each column is, from its name and its first rows: it does not change while one scrolls. */
function useWidths(columns: readonly Column[], rows: readonly string[][], from: number): number[] {
  return useMemo(
    () =>
      columns.map((column, at) => {
        const cells = rows.slice(0, 100).map((row) => row[from + at]?.length ?? 0);
        return Math.min(36, Math.max(6, column.name.length + 1, column.unit.length + 1, ...cells));
      }),
    [columns, rows, from],
  );
}

type Pages = ReadonlyMap<number, string[][]>;

/** Reads the pages of rows in sight, and forgets those far away. */
function usePages(table: TableModel, first: number, last: number) {
  const [pages, setPages] = useState<Pages>(new Map());
  const [error, setError] = useState<unknown>();
  const [attempt, setAttempt] = useState(0);
  const asked = useRef(new Set<number>());
  // biome-ignore lint/correctness/useExhaustiveDependencies: another table begins anew
  useEffect(() => {
    asked.current = new Set();
    setPages(new Map());
  }, [table]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` is Try again
  useEffect(() => {
    const mine = asked.current;
    for (let page = Math.floor(first / pageRows); page * pageRows < last; page += 1) {
      if (mine.has(page)) continue;
      mine.add(page);
      table.rows(page * pageRows, (page + 1) * pageRows).then(
        (rows) => {
          if (asked.current !== mine) return;
          setPages((before) => {
            const kept = before.size < maxPages ? before : new Map([...before].slice(maxPages / 2));
            for (const old of before.keys()) if (!kept.has(old) && old !== 0) mine.delete(old);
            return new Map([...kept, [0, before.get(0) ?? rows], [page, rows]]);
          });
        },
        (caught: unknown) => {
          mine.delete(page);
          if (asked.current === mine) setError(caught);
        },
      );
    }
  }, [table, first, last, attempt]);
  return {
    pages,
    error,
    retry: () => {
      setError(undefined);
      setAttempt((n) => n + 1);
    },
  };
}

function ColumnList({ columns }: { columns: readonly Column[] }) {
  return (
    <section
      className="grid-box"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      aria-label="Columns"
    >
      <table className="table loose">
        <thead>
          <tr>
            <th scope="col">Column</th>
            <th scope="col">Unit</th>
            <th scope="col">Type</th>
            <th scope="col">UCD</th>
            <th scope="col">Meaning</th>
          </tr>
        </thead>
        <tbody>
          {columns.map((column, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: columns of a file keep their place
            <tr key={at}>
              <th scope="row" className="mono">
                {column.name}
              </th>
              <td>{column.unit || '–'}</td>
              <td className="quiet">{column.type || '–'}</td>
              <td className="mono quiet">{column.ucd || '–'}</td>
              <td className="fill">{column.description || '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
