import { useEffect, useMemo, useRef, useState } from 'react';
import { bytes, exact } from './format.ts';
import { type LogSearch, lineAtByte, lineBytes } from './log-text.ts';
import type { LogPiece } from './log-view.tsx';

/** Searches the whole log on the server. */
export type SearchLog = (query: string, signal: AbortSignal) => Promise<LogSearch>;

const searchAfterMs = 250;

/** What the server finds in the whole log, a moment after the last key; undefined while it is not known. */
export function useWholeSearch(onSearch: SearchLog | undefined, query: string, sizeBytes: number) {
  const [found, setFound] = useState<{ query: string; result: LogSearch }>();
  const latest = useRef(onSearch);
  latest.current = onSearch;
  // A log that grows is searched again when it is a tenth longer: not at every line.
  const step = Math.floor(Math.log(Math.max(1, sizeBytes)) / Math.log(1.1));
  // biome-ignore lint/correctness/useExhaustiveDependencies: `step` asks again as the log grows
  useEffect(() => {
    if (query === '' || latest.current === undefined) return;
    const ended = new AbortController();
    const timer = setTimeout(() => {
      latest.current?.(query, ended.signal).then(
        (result) => setFound({ query, result }),
        // What is loaded is searched all the same.
        () => setFound(undefined),
      );
    }, searchAfterMs);
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  }, [query, step]);
  return query !== '' && found?.query === query ? found.result : undefined;
}

/** Goes from match to match of the whole log; parts that are not loaded are fetched. */
export function useServerHits(
  whole: LogSearch | undefined,
  piece: LogPiece,
  lines: readonly string[],
  goTo: (index: number) => void,
  onJump: ((byte: number) => void) | undefined,
) {
  const [at, setAt] = useState(-1);
  const [pending, setPending] = useState<number>();
  const starts = useMemo(() => lineBytes(lines, piece.firstByte ?? 0), [lines, piece.firstByte]);
  const endByte = piece.nextByte ?? piece.sizeBytes;
  const indexOf = (byte: number) => lineAtByte(starts, endByte, byte);
  const known = whole?.hits.find((hit) => indexOf(hit.fromByte) !== null);
  const knownIndex = known === undefined ? null : indexOf(known.fromByte);
  const latest = useRef(goTo);
  latest.current = goTo;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another search begins anew
  useEffect(() => setAt(-1), [whole]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the part that was asked for has come when `starts` changed
  useEffect(() => {
    const index = pending === undefined ? null : indexOf(pending);
    if (index === null) return;
    setPending(undefined);
    latest.current(index);
  }, [starts, pending]);
  const step = (by: number) => {
    const n = whole?.hits.length ?? 0;
    if (n === 0) return;
    const next = at < 0 && by < 0 ? n - 1 : (at + by + n) % n;
    const byte = whole?.hits[next]?.fromByte ?? 0;
    setAt(next);
    setPending(byte);
    if (indexOf(byte) === null) onJump?.(byte);
  };
  return { at, step, firstLine: known === undefined || knownIndex === null ? null : known.line - knownIndex };
}

export function wholeText({ matches, lines, hits, complete, scannedBytes }: LogSearch, at: number): string {
  if (matches === 0) return complete ? 'none' : `none in the first ${bytes(scannedBytes)}`;
  const all = `${exact(matches)} in ${exact(lines)} ${lines === 1 ? 'line' : 'lines'}`;
  const where = at < 0 ? '' : `line ${exact(hits[at]?.line ?? 0)}, `;
  return `${where}${all}${complete ? '' : ` of the first ${bytes(scannedBytes)}`}`;
}
