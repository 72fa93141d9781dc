import { type FormEvent, Fragment, type ReactNode, useState } from 'react';
import { SkeletonRows } from './blanks.tsx';
import { aboutCount, count, exact, milliseconds } from './format.ts';
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
  /** Rows that are about to go. */
  leaving?: ReadonlySet<string>;
  newer?: { n: number; show: () => void };
  selection?: Selection;
  empty: ReactNode;
  /** Stands above the rows, inside the panel. */
  top?: ReactNode;
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
                <th key={column.id} scope="col" className={column.num ? 'num' : ''} aria-sort={column.sorted}>
                  {column.quietHead === true ? <span className="only-read">{column.head}</span> : column.head}
                  {column.sorted === 'descending' && ' ↓'}
                </th>
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
                    className={leaving?.has(key) ? 'leaving' : changed?.has(key) ? 'changed' : undefined}
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

interface FootProps {
  /** Rows on this page. */
  n: number;
  /** Whether this is the newest page. */
  first: boolean;
  about: number | null;
  tookMs: number;
  onNewer: (() => void) | undefined;
  onOlder: (() => void) | undefined;
  order?: string;
  /** Goes to the rows of a time, given as an instant. */
  onJump?: (at: string) => void;
  /** Counts the whole view on request; `n` is the answer for the view shown now. */
  exactly?: { n: number | undefined; busy: boolean; ask: () => void };
}

/** The foot of a keyset page: how many, how fast, newer and older. Page numbers mean nothing in a million rows. */
export function TableFoot(props: FootProps) {
  const { n, first, about, tookMs, onNewer, onOlder, order = 'newest first', onJump, exactly } = props;
  useKeys([
    { keys: '[', what: 'newer rows', group: 'Lists', run: () => onNewer?.() },
    { keys: ']', what: 'older rows', group: 'Lists', run: () => onOlder?.() },
  ]);
  if (n === 0 && onNewer === undefined) return null;
  const rows = first && n > 0 ? `Rows 1–${exact(n)}` : `${exact(n)} rows`;
  return (
    <div className="table-foot">
      <span>
        {rows}
        {exactly?.n !== undefined ? (
          <>
            {' '}
            of exactly <b className="strong">{exact(exactly.n)}</b>
          </>
        ) : (
          about !== null && (
            <>
              {' '}
              of <b className="strong">{aboutCount(about)}</b>
            </>
          )
        )}{' '}
        · {order} · answered in {milliseconds(tookMs)}
      </span>
      {exactly !== undefined && exactly.n === undefined && (
        <button type="button" className="link small" disabled={exactly.busy} onClick={exactly.ask}>
          {exactly.busy ? 'Counting …' : 'Count exactly'}
        </button>
      )}
      <span className="moves">
        {onJump !== undefined && <Jump go={onJump} />}
        <Move label="Newer" keys="[" go={onNewer} none="These are the newest rows" />
        <Move label="Older" keys="]" go={onOlder} none="There are no older rows" />
      </span>
    </div>
  );
}

/** A day and a clock in UTC; the rows from there on, newest first. */
function Jump({ go }: { go: (at: string) => void }) {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState('');
  const ms = Date.parse(`${text}Z`);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (Number.isNaN(ms)) return;
    setOpen(false);
    go(new Date(ms).toISOString());
  };
  if (!open) {
    return (
      <button type="button" className="link small" onClick={() => setOpen(true)}>
        Jump to a time
      </button>
    );
  }
  return (
    <form className="row tight" onSubmit={submit}>
      <label className="input small jump">
        <span className="faint">UTC</span>
        <input
          type="datetime-local"
          step={1}
          aria-label="Time in UTC"
          // biome-ignore lint/a11y/noAutofocus: the field was just asked for
          autoFocus
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') setOpen(false);
          }}
        />
      </label>
      <button
        type="submit"
        className="button small"
        disabled={Number.isNaN(ms)}
        title={Number.isNaN(ms) ? 'Give a day and a clock' : undefined}
      >
        Go
      </button>
    </form>
  );
}

function Move({
  label,
  keys,
  go,
  none,
}: {
  label: string;
  keys: string;
  go: (() => void) | undefined;
  none: string;
}) {
  return (
    <button
      type="button"
      className="button"
      disabled={go === undefined}
      title={go === undefined ? none : undefined}
      onClick={go}
    >
      {label} <kbd>{keys}</kbd>
    </button>
  );
}
