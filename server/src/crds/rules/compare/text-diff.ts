import { matchingLines } from './matching-lines.ts';

/** One line of a difference: `-` only in the old text, `+` only in the new one, a blank in both. */
interface Line {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
  /** Lines of both texts before this one. */
  readonly before: number;
  readonly after: number;
}

/** Unchanged lines shown around a change. */
const contextLines = 3;

/** Difference of two texts in the unified form of `diff -u`, without times; empty when they are equal. */
export function unifiedDiff(oldName: string, newName: string, oldText: string, newText: string): string {
  if (oldText === newText) return '';
  const lines = linesOf(splitLines(oldText), splitLines(newText));
  let text = `--- ${oldName}\n+++ ${newName}\n`;
  for (const hunk of hunksOf(lines)) text += hunkText(hunk);
  return text;
}

/** Lines with their ends, so that a missing last line end counts. */
function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function linesOf(before: readonly string[], after: readonly string[]): Line[] {
  const lines: Line[] = [];
  let at = 0;
  let newAt = 0;
  for (const [next, newNext] of [...matchingLines(before, after), [before.length, after.length] as const]) {
    for (; at < next; at++) lines.push({ mark: '-', text: before[at] ?? '', before: at, after: newAt });
    for (; newAt < newNext; newAt++)
      lines.push({ mark: '+', text: after[newAt] ?? '', before: at, after: newAt });
    if (at < before.length) lines.push({ mark: ' ', text: before[at] ?? '', before: at++, after: newAt++ });
  }
  return lines;
}

/** Changes with the lines around them; changes close to each other are one hunk. */
function hunksOf(lines: readonly Line[]): Line[][] {
  const hunks: Line[][] = [];
  let end = -1;
  for (const [at, line] of lines.entries()) {
    if (line.mark === ' ') continue;
    const start = Math.max(at - contextLines, 0);
    const until = Math.min(at + contextLines + 1, lines.length);
    const last = hunks.at(-1);
    if (last !== undefined && start <= end) last.push(...lines.slice(end, until));
    else hunks.push(lines.slice(start, until));
    end = until;
  }
  return hunks;
}

function hunkText(hunk: readonly Line[]): string {
  const old = hunk.filter(({ mark }) => mark !== '+').length;
  const current = hunk.filter(({ mark }) => mark !== '-').length;
  const [first] = hunk;
  let text = `@@ -${rangeText(first?.before ?? 0, old)} +${rangeText(first?.after ?? 0, current)} @@\n`;
  for (const { mark, text: line } of hunk) {
    text += line.endsWith('\n') ? mark + line : `${mark}${line}\n\\ No newline at end of file\n`;
  }
  return text;
}

/** First line from 1 and number of lines; of nothing, the line before. */
function rangeText(before: number, count: number): string {
  if (count === 1) return String(before + 1);
  return `${count === 0 ? before : before + 1},${count}`;
}
