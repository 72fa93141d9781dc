import { type ReactNode, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { plainText, readAnsi } from './ansi.ts';
import { bytes, count, exact } from './format.ts';
import { useKeys } from './keys.ts';
import { type SearchLog, useServerHits, useWholeSearch, wholeText } from './log-search.ts';
import { findHits } from './log-text.ts';
import { marked } from './marked.tsx';

const lineHeight = 19;
const spare = 20;

export interface LogPiece {
  text: string;
  /** True when the text begins at the first byte of the log. */
  atStart: boolean;
  sizeBytes: number;
  /** True when nothing will follow. */
  ended: boolean;
  /** Where the text begins and ends in the log; 0 and the size when absent. */
  firstByte?: number;
  nextByte?: number;
  /** True when it is a part from the middle that does not grow. */
  isPart?: boolean;
}

interface LogProps {
  name: string;
  piece: LogPiece;
  head?: ReactNode;
  onEarlier?: () => void;
  downloadHref?: string;
  /** Searches the whole log on the server; without it only what is loaded is searched. */
  onSearch?: SearchLog;
  /** Loads the part of the log around a byte. */
  onJump?: (byte: number) => void;
  /** Back to the end of the log, where it grows. */
  onEnd?: () => void;
}

const errorWords = /\b(error|fatal|traceback|exception|segmentation fault|killed)\b/i;
const warnWords = /\bwarn(ing)?\b/i;

/** A log: its end at once, following while one is at the end, searchable as a whole, never read as HTML. */
export function LogView({ name, piece, head, onEarlier, downloadHref, onSearch, onJump, onEnd }: LogProps) {
  const lines = useMemo(() => piece.text.replace(/\n$/, '').split('\n'), [piece.text]);
  const [query, setQuery] = useState('');
  const [follow, setFollow] = useState(true);
  const [wrap, setWrap] = useState(false);
  const [at, setAt] = useState(-1);
  const box = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const hits = useMemo(() => findHits(lines, query), [lines, query]);
  const errors = useMemo(
    () => lines.flatMap((line, index) => (errorWords.test(plainText(line)) ? [index] : [])),
    [lines],
  );
  const goTo = (index: number | undefined) => {
    if (index === undefined) return;
    setFollow(false);
    setAt(index);
    const element = box.current;
    const row = wrap ? element?.querySelector<HTMLElement>(`[data-line="${index}"]`) : undefined;
    element?.scrollTo({ top: Math.max(0, (row?.offsetTop ?? index * lineHeight) - 120) });
  };
  const whole = useWholeSearch(onSearch, query, piece.sizeBytes);
  const server = useServerHits(whole, piece, lines, goTo, onJump);
  const step = (by: number) => {
    if (query !== '' && whole !== undefined) {
      server.step(by);
      return;
    }
    const stops = query === '' ? errors : hits;
    const next = by > 0 ? stops.find((each) => each > at) : stops.findLast((each) => each < at);
    goTo(next ?? (by > 0 ? stops[0] : stops.at(-1)));
  };
  useKeys([
    { keys: 'f', what: 'follow the log', group: 'Log', run: () => setFollow((on) => !on) },
    { keys: 'n', what: 'next match or error', group: 'Log', run: () => step(1) },
    { keys: 'shift+n', what: 'match or error before', group: 'Log', run: () => step(-1) },
    { keys: 'l', what: 'search the log', group: 'Log', run: () => search.current?.focus() },
  ]);
  const found = whole === undefined ? hitText(hits, at) : wholeText(whole, server.at);
  return (
    <div className="panel">
      <div className="panel-head">
        <span className="mono strong">{name}</span>
        {head}
        <span className="grow" />
        <label className="input" style={{ minHeight: 26, width: query === '' ? 200 : 320 }}>
          <span className="only-read">Search in {name}</span>
          <input
            ref={search}
            className="mono"
            placeholder="search"
            maxLength={200}
            value={query}
            onChange={(event) => setQuery(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
            }}
          />
          {query !== '' && (
            <span className="small faint nowrap" role="status">
              {found}
            </span>
          )}
        </label>
        {errors.length > 0 && query === '' && (
          <button type="button" className="button small" onClick={() => step(1)}>
            {count(errors.length)} error {errors.length === 1 ? 'line' : 'lines'}
          </button>
        )}
        {!piece.ended && piece.isPart !== true && (
          <button
            type="button"
            className="button small"
            aria-pressed={follow}
            onClick={() => setFollow(!follow)}
          >
            {follow ? 'Following' : 'Follow'} <kbd>F</kbd>
          </button>
        )}
        {piece.isPart === true && onEnd !== undefined && (
          <button
            type="button"
            className="button small"
            onClick={() => {
              setFollow(true);
              onEnd();
            }}
          >
            To the end
          </button>
        )}
        <button type="button" className="button small" aria-pressed={wrap} onClick={() => setWrap(!wrap)}>
          {wrap ? 'No wrap' : 'Wrap'}
        </button>
        {downloadHref !== undefined && (
          <a className="button small" href={downloadHref} download>
            Whole log
          </a>
        )}
      </div>
      {piece.text === '' ? (
        <p className="empty quiet">
          {piece.ended ? `The job wrote nothing to ${name}.` : `Nothing written to ${name} yet.`}
        </p>
      ) : (
        <>
          {!piece.atStart && onEarlier !== undefined && (
            <button type="button" className="link small" style={{ padding: '6px 16px' }} onClick={onEarlier}>
              Earlier lines; the log has {bytes(piece.sizeBytes)}
            </button>
          )}
          <Lines
            {...{ lines, query, wrap, at, follow, box }}
            firstLine={piece.atStart ? 1 : server.firstLine}
            onLeaveEnd={() => setFollow(false)}
            onReachEnd={() => !piece.ended && piece.isPart !== true && setFollow(true)}
          />
        </>
      )}
    </div>
  );
}

function hitText(hits: readonly number[], at: number): string {
  if (hits.length === 0) return 'none';
  const position = hits.indexOf(at);
  return position < 0 ? exact(hits.length) : `${exact(position + 1)} of ${exact(hits.length)}`;
}

interface LinesProps {
  lines: readonly string[];
  query: string;
  wrap: boolean;
  at: number;
  follow: boolean;
  /** Number of the first line; null when it is not known. */
  firstLine: number | null;
  box: React.RefObject<HTMLDivElement | null>;
  onLeaveEnd: () => void;
  onReachEnd: () => void;
}

/** Fixed lines of 19 px, of which only those in sight (and a few more) are in the document. */
function Lines({ lines, query, wrap, at, follow, firstLine, box, onLeaveEnd, onReachEnd }: LinesProps) {
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(480);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines are what moves the end
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    setHeight(element.clientHeight);
    if (follow) element.scrollTop = element.scrollHeight;
  }, [lines, follow, wrap]);
  const first = wrap ? Math.max(0, lines.length - 2000) : Math.max(0, Math.floor(top / lineHeight) - spare);
  const last = wrap
    ? lines.length
    : Math.min(lines.length, first + Math.ceil(height / lineHeight) + 2 * spare);
  const scrolled = () => {
    const element = box.current;
    if (element === null) return;
    setTop(element.scrollTop);
    const fromEnd = element.scrollHeight - element.scrollTop - element.clientHeight;
    if (fromEnd > 2 * lineHeight && follow) onLeaveEnd();
    if (fromEnd < 2 && !follow) onReachEnd();
  };
  return (
    <div
      ref={box}
      className={`log ${wrap ? 'wrapped' : ''}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      role="log"
      aria-live="off"
      aria-label="Log lines"
      onScroll={scrolled}
    >
      {!wrap && <div style={{ height: lines.length * lineHeight }} />}
      {lines.slice(first, last).map((line, offset) => {
        const index = first + offset;
        return (
          <div
            key={index}
            data-line={index}
            className={`line ${index === at ? 'at' : ''} ${errorWords.test(plainText(line)) ? 'error-line' : warnWords.test(plainText(line)) ? 'warn-line' : ''}`}
            style={wrap ? undefined : { top: index * lineHeight }}
          >
            <span className="no">{firstLine === null ? '' : exact(firstLine + index)}</span>
            <LineText line={line} query={query} />
          </div>
        );
      })}
    </div>
  );
}

function LineText({ line, query }: { line: string; query: string }) {
  return (
    <span>
      {readAnsi(line).map((run, index) => {
        const className = [
          run.colour === null ? '' : `ansi-${run.colour}`,
          run.bold ? 'ansi-bold' : '',
          run.control ? 'control' : '',
        ].join(' ');
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: runs of one line keep their order
          <span key={index} className={className}>
            {marked(run.text, query)}
          </span>
        );
      })}
    </span>
  );
}
