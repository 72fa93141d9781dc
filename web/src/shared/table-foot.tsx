import { type FormEvent, useState } from 'react';
import { aboutCount, exact, milliseconds } from './format.ts';
import { useKeys } from './keys.ts';

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
  /** What the two buttons are called where newer and older mean nothing. */
  moves?: readonly [back: string, on: string];
  /** Goes to the rows of a time, given as an instant. */
  onJump?: (at: string) => void;
  /** Counts the whole view on request; `n` is the answer for the view shown now. */
  exactly?: { n: number | undefined; busy: boolean; ask: () => void };
}

/** The foot of a keyset page: how many, how fast, newer and older. Page numbers mean nothing in a million rows. */
export function TableFoot(props: FootProps) {
  const { n, first, about, tookMs, onNewer, onOlder, order = 'newest first', onJump, exactly } = props;
  const [back, on] = props.moves ?? ['Newer', 'Older'];
  useKeys([
    { keys: '[', what: 'newer rows, the page before', group: 'Lists', run: () => onNewer?.() },
    { keys: ']', what: 'older rows, the next page', group: 'Lists', run: () => onOlder?.() },
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
        <Move label={back} keys="[" go={onNewer} none="These are the first rows" />
        <Move label={on} keys="]" go={onOlder} none="There are no more rows" />
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
