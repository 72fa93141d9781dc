/** A run of text with what it is, for its colour. */
export interface Token {
  text: string;
  kind: 'plain' | 'key' | 'text' | 'number' | 'quiet';
}

/** One line of a folded text. */
export interface FoldLine {
  depth: number;
  tokens: Token[];
  /** Index of the last line of the block that this line begins; null = it begins none. */
  end: number | null;
  /** What stands for the block when it is folded: `12 entries`. */
  note: string;
}

/** Bounds of what is laid out; a text that is longer is shown unfolded. */
export const maxLines = 30_000;
export const maxTokenSigns = 2000;

export const token = (text: string, kind: Token['kind'] = 'plain'): Token => ({
  text: text.length > maxTokenSigns ? `${text.slice(0, maxTokenSigns)}…` : text,
  kind,
});

/** Indexes of the lines in sight when some blocks are folded. */
export function linesInSight(lines: readonly FoldLine[], folded: ReadonlySet<number>): number[] {
  const seen: number[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    seen.push(at);
    const end = lines[at]?.end ?? null;
    if (end !== null && end > at && folded.has(at)) at = end;
  }
  return seen;
}

/** Blocks below a depth, folded at first so that a long text shows its outline. */
export function foldedBelow(lines: readonly FoldLine[], depth: number): Set<number> {
  const folded = new Set<number>();
  lines.forEach((line, at) => {
    if (line.end !== null && line.depth >= depth) folded.add(at);
  });
  return folded;
}

/** The whole line as text, for search and copy. */
export const lineText = (line: FoldLine): string => line.tokens.map((each) => each.text).join('');

/** Opens every block that holds a line. */
export function opened(lines: readonly FoldLine[], folded: ReadonlySet<number>, target: number): Set<number> {
  const left = new Set(folded);
  for (const at of folded) {
    const end = lines[at]?.end ?? at;
    if (at < target && target <= end) left.delete(at);
  }
  return left;
}
