/** One step of a compiled shell pattern: a literal character, any one character, any number of them, or a set. */
type Step = string | typeof one | typeof many | CharacterSet;
const one = Symbol('?');
const many = Symbol('*');

interface CharacterSet {
  readonly isNegated: boolean;
  /** Inclusive ranges. */
  readonly ranges: readonly (readonly [low: string, high: string])[];
}

/** Whether a text has a character with a meaning in shell patterns. */
export function isPattern(text: string): boolean {
  return /[*?[]/.test(text);
}

/**
 * Compiles a shell pattern (`*`, `?`, `[a-z]`, `[!a-z]`) as Python's fnmatch reads it; the whole text must match. Time
 * grows with pattern × text at most: only the last star is ever taken back.
 */
export function compileGlob(pattern: string): (text: string) => boolean {
  const steps = stepsOf([...pattern]);
  return (text) => matches(steps, text);
}

function stepsOf(chars: readonly string[]): Step[] {
  const steps: Step[] = [];
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] ?? '';
    if (char === '*') {
      if (steps.at(-1) !== many) steps.push(many);
    } else if (char === '?') steps.push(one);
    else if (char === '[') {
      const end = endOfSet(chars, at);
      steps.push(end < 0 ? char : setOf(chars.slice(at + 1, end)));
      if (end >= 0) at = end;
    } else steps.push(char);
  }
  return steps;
}

/** Where the set that begins here ends, -1 when it does not; a `]` at its beginning belongs to it. */
function endOfSet(chars: readonly string[], start: number): number {
  let at = start + 1;
  if (chars[at] === '!') at++;
  if (chars[at] === ']') at++;
  return chars.indexOf(']', at);
}

function setOf(inside: readonly string[]): CharacterSet {
  const isNegated = inside[0] === '!';
  const members = isNegated ? inside.slice(1) : inside;
  const ranges: (readonly [string, string])[] = [];
  for (let at = 0; at < members.length; at++) {
    const low = members[at] ?? '';
    const high = members[at + 2];
    if (members[at + 1] === '-' && high !== undefined) {
      if (low <= high) ranges.push([low, high]);
      at += 2;
    } else ranges.push([low, low]);
  }
  return { isNegated, ranges };
}

function matches(steps: readonly Step[], text: string): boolean {
  const chars = /[\ud800-\udfff]/.test(text) ? [...text] : text;
  let step = 0;
  let at = 0;
  let starStep = -1;
  let starAt = 0;
  while (at < chars.length) {
    const current = steps[step];
    if (current === many) {
      starStep = step++;
      starAt = at;
    } else if (current !== undefined && accepts(current, chars[at] ?? '')) {
      step++;
      at++;
    } else if (starStep >= 0) {
      step = starStep + 1;
      at = ++starAt;
    } else return false;
  }
  while (steps[step] === many) step++;
  return step === steps.length;
}

function accepts(step: Step, char: string): boolean {
  if (typeof step === 'string') return step === char;
  if (typeof step === 'symbol') return true;
  return step.isNegated !== step.ranges.some(([low, high]) => low <= char && char <= high);
}
