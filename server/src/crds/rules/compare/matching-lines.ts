/** A line of an old text and the line of a new text that it became, by index. */
export type Pair = readonly [before: number, after: number];

interface Range {
  readonly before: readonly [from: number, to: number];
  readonly after: readonly [from: number, to: number];
}

/** Nested ranges in which anchors are looked for; texts made to defeat this get a coarser answer, not a slow one. */
const deepest = 40;
/** Largest table for ranges without an anchor, in cells. */
const mostCells = 250_000;

/**
 * Which lines two texts have in common, in order: lines that occur once in each are anchors, and what lies between
 * two anchors is compared again (patience difference). Time grows with the length of the texts, not its square.
 */
export function matchingLines(before: readonly string[], after: readonly string[]): Pair[] {
  const pairs: Pair[] = [];
  collect(before, after, { before: [0, before.length], after: [0, after.length] }, 0, pairs);
  return pairs;
}

function collect(
  before: readonly string[],
  after: readonly string[],
  range: Range,
  depth: number,
  pairs: Pair[],
): void {
  let [from, to] = range.before;
  let [newFrom, newTo] = range.after;
  while (from < to && newFrom < newTo && before[from] === after[newFrom]) pairs.push([from++, newFrom++]);
  const tail: Pair[] = [];
  while (to > from && newTo > newFrom && before[to - 1] === after[newTo - 1]) tail.push([--to, --newTo]);
  if (from < to && newFrom < newTo) {
    const inner: Range = { before: [from, to], after: [newFrom, newTo] };
    const anchors = depth < deepest ? anchorsIn(before, after, inner) : [];
    if (anchors.length === 0) pairs.push(...longestCommon(before, after, inner));
    else between(before, after, inner, anchors, depth + 1, pairs);
  }
  for (const pair of tail.reverse()) pairs.push(pair);
}

function between(
  before: readonly string[],
  after: readonly string[],
  range: Range,
  anchors: readonly Pair[],
  depth: number,
  pairs: Pair[],
): void {
  let [from] = range.before;
  let [newFrom] = range.after;
  for (const [at, newAt] of [...anchors, [range.before[1], range.after[1]] as const]) {
    collect(before, after, { before: [from, at], after: [newFrom, newAt] }, depth, pairs);
    if (at < range.before[1]) pairs.push([at, newAt]);
    from = at + 1;
    newFrom = newAt + 1;
  }
}

/** Lines that occur exactly once on both sides, as many as keep their order. */
function anchorsIn(before: readonly string[], after: readonly string[], range: Range): Pair[] {
  const places = uniquePlaces(before, range.before);
  const newPlaces = uniquePlaces(after, range.after);
  const candidates: Pair[] = [];
  for (const [line, at] of places) {
    const newAt = newPlaces.get(line);
    if (at >= 0 && newAt !== undefined && newAt >= 0) candidates.push([at, newAt]);
  }
  return longestIncreasing(candidates.sort(([a], [b]) => a - b));
}

/** Where each line is; −1 when it is in several places. */
function uniquePlaces(lines: readonly string[], [from, to]: readonly [number, number]): Map<string, number> {
  const places = new Map<string, number>();
  for (let at = from; at < to; at++) {
    const line = lines[at] ?? '';
    places.set(line, places.has(line) ? -1 : at);
  }
  return places;
}

/** The longest run of pairs, in the order of the first, that is in the order of the second as well. */
function longestIncreasing(pairs: readonly Pair[]): Pair[] {
  const ends: number[] = [];
  const previous: number[] = [];
  for (const [index, [, place]] of pairs.entries()) {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((pairs[ends[middle] ?? 0]?.[1] ?? 0) < place) low = middle + 1;
      else high = middle;
    }
    previous.push(low === 0 ? -1 : (ends[low - 1] ?? -1));
    ends[low] = index;
  }
  const run: Pair[] = [];
  for (let at = ends.at(-1) ?? -1; at >= 0; at = previous[at] ?? -1) {
    const pair = pairs[at];
    if (pair !== undefined) run.push(pair);
  }
  return run.reverse();
}

/** Longest common subsequence of a small range by table; of a large one nothing is common. */
function longestCommon(before: readonly string[], after: readonly string[], range: Range): Pair[] {
  const [from, to] = range.before;
  const [newFrom, newTo] = range.after;
  const width = newTo - newFrom + 1;
  if ((to - from + 1) * width > mostCells) return [];
  const lengths = new Uint32Array((to - from + 1) * width);
  const length = (at: number, newAt: number): number => lengths[(at - from) * width + newAt - newFrom] ?? 0;
  for (let at = to - 1; at >= from; at--) {
    for (let newAt = newTo - 1; newAt >= newFrom; newAt--) {
      lengths[(at - from) * width + newAt - newFrom] =
        before[at] === after[newAt]
          ? length(at + 1, newAt + 1) + 1
          : Math.max(length(at + 1, newAt), length(at, newAt + 1));
    }
  }
  const pairs: Pair[] = [];
  for (let at = from, newAt = newFrom; at < to && newAt < newTo; ) {
    if (before[at] === after[newAt]) pairs.push([at++, newAt++]);
    else if (length(at + 1, newAt) >= length(at, newAt + 1)) at++;
    else newAt++;
  }
  return pairs;
}
