import { plural } from '../shared/format.ts';
import { Href } from '../shared/link.tsx';

export interface DateEntry {
  /** From when it holds, as the rules have it: `2003-03-08 01:52:55`. */
  from: string;
  /** What it recommends. */
  file: string;
  isChosen: boolean;
}

interface DateLineProps {
  /** Neighbours in order of time; the last one holds on. */
  entries: readonly DateEntry[];
  /** The exposure, in the same form. */
  at: string;
  /** Entries that are not drawn. */
  hidden: number;
  hrefOf: (file: string) => string | undefined;
}

/** Widths follow the time each entry holds, within bounds that leave the names readable. */
const [least, most] = [1, 4];

/** Entries of a list of dates around the one that holds, with the exposure as a mark in it. */
export function DateLine({ entries, at, hidden, hrefOf }: DateLineProps) {
  const lengths = entries.map((entry, index) => lengthOf(entry, entries[index + 1]));
  const short = sameYear(entries);
  const names = shortNames(entries.map(({ file }) => file));
  const longest = Math.max(...lengths.filter((length) => Number.isFinite(length)), 1);
  return (
    <div className="date-line">
      <ol>
        {entries.map((entry, index) => {
          const length = lengths[index] ?? 1;
          const grow = Number.isFinite(length) ? least + (most - least) * (length / longest) : most;
          const href = hrefOf(entry.file);
          return (
            <li
              key={entry.from}
              className={entry.isChosen ? 'chosen' : undefined}
              style={{ flexGrow: grow }}
              title={`${entry.file} from ${entry.from}`}
            >
              <span className="bar">
                {href === undefined ? (
                  <span className="mono">{names[index]}</span>
                ) : (
                  <Href to={href} className="mono plain">
                    {names[index]}
                  </Href>
                )}
                {entry.isChosen && (
                  <i style={{ left: `${100 * shareOf(entry, entries[index + 1], at)}%` }}>
                    <span className="only-read"> the exposure of {at}</span>
                  </i>
                )}
              </span>
              <span className="from mono">{short ? entry.from.slice(5, 16) : entry.from.slice(0, 10)}</span>
            </li>
          );
        })}
      </ol>
      {hidden > 0 && (
        <p className="label">
          {plural(hidden, 'entry is', 'entries are')} not drawn: only the neighbours are.
        </p>
      )}
    </div>
  );
}

/** Names without the parts between underscores that all of them share at their ends: what tells them apart. */
export function shortNames(files: readonly string[]): string[] {
  const parts = files.map((file) => file.replace(/\.[a-z0-9]+$/i, '').split('_'));
  const most = parts.length < 2 ? 0 : Math.min(...parts.map(({ length }) => length)) - 1;
  const [first = []] = parts;
  let head = 0;
  while (head < most && parts.every((part) => part[head] === first[head])) head += 1;
  let tail = 0;
  while (tail < most - head && parts.every((part) => part.at(-1 - tail) === first.at(-1 - tail))) tail += 1;
  return parts.map((part) => part.slice(head, part.length - tail).join('_'));
}

const sameYear = (entries: readonly DateEntry[]) =>
  new Set(entries.map(({ from }) => from.slice(0, 4))).size === 1;

const ms = (text: string): number => Date.parse(`${text.replace(' ', 'T')}Z`);

function lengthOf(entry: DateEntry, next: DateEntry | undefined): number {
  const length = next === undefined ? Number.POSITIVE_INFINITY : ms(next.from) - ms(entry.from);
  return Number.isNaN(length) ? 1 : Math.max(0, length);
}

/** Where the exposure lies in its entry; in the last one, which has no end, near its middle. */
function shareOf(entry: DateEntry, next: DateEntry | undefined, at: string): number {
  const share = next === undefined ? 0.5 : (ms(at) - ms(entry.from)) / (ms(next.from) - ms(entry.from));
  return Number.isNaN(share) ? 0.5 : Math.min(0.985, Math.max(0.015, share));
}
