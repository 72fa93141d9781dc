export interface DiffLine {
  kind: 'same' | 'gone' | 'new';
  text: string;
  /** Line numbers before and after; null where the line does not exist. */
  before: number | null;
  after: number | null;
}

/** Longer differences than this many cells are shown as all gone, all new. */
const mostCells = 4_000_000;

/** The lines of two texts in one order, with what went and what came; a longest common subsequence. */
export function diffLines(beforeText: string, afterText: string): DiffLine[] {
  const a = beforeText.split('\n');
  const b = afterText.split('\n');
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1;
  const lines: DiffLine[] = [];
  const same = (i: number, j: number) =>
    lines.push({ kind: 'same', text: a[i] ?? '', before: i + 1, after: j + 1 });
  for (let i = 0; i < head; i += 1) same(i, i);
  for (const step of middlePart(a.slice(head, a.length - tail), b.slice(head, b.length - tail))) {
    const [kind, i, j] = step;
    if (kind === 'same') same(head + i, head + j);
    else if (kind === 'gone')
      lines.push({ kind, text: a[head + i] ?? '', before: head + i + 1, after: null });
    else lines.push({ kind, text: b[head + j] ?? '', before: null, after: head + j + 1 });
  }
  for (let k = tail; k > 0; k -= 1) same(a.length - k, b.length - k);
  return lines;
}

type Step = [kind: DiffLine['kind'], i: number, j: number];

function middlePart(a: readonly string[], b: readonly string[]): Step[] {
  const width = b.length + 1;
  if (a.length * b.length > mostCells)
    return [...a.map((_, i): Step => ['gone', i, 0]), ...b.map((_, j): Step => ['new', 0, j])];
  const common = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      common[i * width + j] =
        a[i] === b[j]
          ? (common[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0);
  const steps: Step[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) steps.push(['same', i++, j++]);
    else if (i < a.length && (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0))
      steps.push(['gone', i++, j]);
    else if (j < b.length) steps.push(['new', i, j++]);
    else steps.push(['gone', i++, j]);
  }
  return steps;
}

/** Only what differs, with `around` lines before and after; a number stands for so many lines left out. */
export function foldedDiff(lines: readonly DiffLine[], around = 3): Array<DiffLine | number> {
  const shown = new Set<number>();
  lines.forEach(({ kind }, index) => {
    if (kind !== 'same') for (let n = index - around; n <= index + around; n += 1) shown.add(n);
  });
  const folded: Array<DiffLine | number> = [];
  for (const [index, line] of lines.entries()) {
    const last = folded.at(-1);
    if (shown.has(index)) folded.push(line);
    else if (typeof last === 'number') folded[folded.length - 1] = last + 1;
    else folded.push(1);
  }
  return folded;
}
