import { plainText } from './ansi.ts';

/** A line of a log that a search found. */
export interface LogHit {
  /** Counted from 1 over the whole log. */
  line: number;
  fromByte: number;
  text: string;
}

/** What a search over the whole log found, by the server. */
export interface LogSearch {
  matches: number;
  lines: number;
  hits: LogHit[];
  scannedBytes: number;
  sizeBytes: number;
  complete: boolean;
}

/** The indexes of lines that hold the text. */
export function findHits(lines: readonly string[], query: string): number[] {
  if (query === '') return [];
  const wanted = query.toLowerCase();
  return lines.flatMap((line, index) => (plainText(line).toLowerCase().includes(wanted) ? [index] : []));
}

/** Where each line begins, in bytes of the log, when the first begins at `firstByte`. */
export function lineBytes(lines: readonly string[], firstByte: number): Float64Array {
  const starts = new Float64Array(lines.length);
  const encoder = new TextEncoder();
  let at = firstByte;
  lines.forEach((line, index) => {
    starts[index] = at;
    at += (isAscii(line) ? line.length : encoder.encode(line).length) + 1;
  });
  return starts;
}

const isAscii = (text: string) => /^[\u0000-\u007f]*$/.test(text);

/** Index of the line that begins nearest to a byte; null when the byte lies outside of what is loaded. */
export function lineAtByte(starts: Float64Array, endByte: number, byte: number): number | null {
  const first = starts[0];
  if (first === undefined || byte < first || byte >= endByte) return null;
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= byte) low = middle;
    else high = middle - 1;
  }
  return low;
}
