/** A run of a file's text that is in memory. */
export interface TextPart {
  start: number;
  end: number;
  text: string;
}

export interface TextLine {
  text: string;
  /** Counted from 1; null when the lines before are not known. */
  number: number | null;
  /** Bytes that are not shown between this line and the next. */
  gapBytes: number;
}

const maxLineSigns = 10_000;

/**
 * The lines of the first part, and of the last one behind a gap. The lines at the gap may be halves; the first line of
 * the last part is dropped for that when there is another.
 */
export function partLines(first: TextPart, last: TextPart | null): TextLine[] {
  const lines = linesOf(first.text).map((text, at): TextLine => ({ text, number: at + 1, gapBytes: 0 }));
  if (last === null) return lines;
  const joined = last.start <= first.end;
  if (joined) return partLines({ start: 0, end: last.end, text: first.text + last.text }, null);
  const before = lines.at(-1);
  if (before !== undefined) before.gapBytes = last.start - first.end;
  const rest = linesOf(last.text);
  return [
    ...lines,
    ...(rest.length > 1 ? rest.slice(1) : rest).map(
      (text): TextLine => ({ text, number: null, gapBytes: 0 }),
    ),
  ];
}

function linesOf(text: string): string[] {
  return text
    .replace(/\r?\n$/, '')
    .split('\n')
    .map((line) =>
      line.length > maxLineSigns ? `${line.slice(0, maxLineSigns)}…` : line.replace(/\r$/, ''),
    );
}
