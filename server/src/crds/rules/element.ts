import { compileLinear } from '../../core/regex/index.ts';
import { compileGlob, isPattern } from './glob.ts';
import { readFloat, strip, words } from './python-text.ts';
import { alternativesOf } from './values.ts';

/** Match, don't care, no match. */
export type Verdict = 1 | 0 | -1;

/**
 * What one element of a Match key means (crds 13.2.7). Plain values and sets of them can be looked up by the value;
 * the others have to be asked.
 */
export type Element =
  | { readonly kind: 'indifferent' }
  | { readonly kind: 'anything' }
  | { readonly kind: 'values'; readonly values: readonly string[]; readonly text: string | null }
  | { readonly kind: 'asked'; readonly ask: (value: string) => Verdict };

/** A key element that means nothing: a range upside down, a comparison with no number, a wrong pattern. */
export class ElementError extends Error {}

/** Longest value that patterns are tried on; longer ones match none, whatever a stranger sends. */
const longestMatched = 16_384;
/** How deep `NOT` and `#` may be nested. */
const deepest = 50;

/** The meaning of a conditioned key element. Throws ElementError. */
export function readElement(key: string, depth = 0): Element {
  if (depth > deepest) throw new ElementError('fewer nested operators');
  if (key.startsWith('(') && key.endsWith(')')) return asked(regex(key.slice(1, -1)));
  if (key.startsWith('{') && key.endsWith('}')) return plain(key.slice(1, -1));
  if (key.startsWith('#') && key.endsWith('#')) return readRelation(key.toUpperCase(), depth);
  const upper = key.toUpperCase();
  if (upper.startsWith('BETWEEN')) return between(key, depth);
  if (upper.startsWith('NOT ')) return not(readElement(strip(key.slice(4)), depth + 1));
  if (key.includes('|') || key.includes('*')) return globs(key);
  if (key === 'N/A') return { kind: 'indifferent' };
  if (key.startsWith('>') || key.startsWith('<')) return asked(comparison(key));
  return plain(key);
}

/** How an element takes a conditioned value. */
export function judge(element: Element, value: string): Verdict {
  switch (element.kind) {
    case 'indifferent':
      return 0;
    case 'anything':
      return value === 'N/A' ? 0 : 1;
    case 'values':
      return general(element.text, value) ?? (element.values.includes(value) ? 1 : -1);
    case 'asked':
      return element.ask(value);
  }
}

/** What every kind but `N/A` tries first: its own text and the two special values. */
function general(own: string | null, value: string): Verdict | undefined {
  if (value === own || value === '*') return 1;
  return value === 'N/A' ? 0 : undefined;
}

function plain(text: string): Element {
  return { kind: 'values', values: [text], text };
}

function asked(ask: (value: string) => Verdict): Element {
  return { kind: 'asked', ask };
}

function globs(key: string): Element {
  const alternatives = alternativesOf(key);
  if (alternatives.every((text) => !isPattern(text))) {
    return { kind: 'values', values: alternatives, text: null };
  }
  if (alternatives.includes('*')) return { kind: 'anything' };
  const patterns = alternatives.map(compileGlob);
  return asked((value) => {
    const verdict = general(null, value);
    if (verdict !== undefined) return verdict;
    return value.length <= longestMatched && patterns.some((matches) => matches(value)) ? 1 : -1;
  });
}

/** Anchored at the start only, as Python's `re.match`. */
function regex(pattern: string): (value: string) => Verdict {
  const compiled = compilePattern(pattern);
  return (value) => {
    const verdict = general(pattern, value);
    if (verdict !== undefined) return verdict;
    return value.length <= longestMatched && compiled.test(value) ? 1 : -1;
  };
}

function compilePattern(pattern: string): { test(text: string): boolean } {
  try {
    return compileLinear(`^(?:${pattern})`, '', { maxLength: 2000 });
  } catch (error) {
    throw new ElementError(`a pattern that can be matched (${error instanceof Error ? error.message : ''})`);
  }
}

const comparisonForm = /^([><]=?)\s*([-+]?(?:[0-9]*\.)?[0-9]+(?:[eE][-+]?[0-9]+)?)/;

function comparison(key: string): (value: string) => Verdict {
  const parts = comparisonForm.exec(key);
  if (parts === null) throw new ElementError('a number after the comparison sign');
  const [, sign = '', number = ''] = parts;
  const limit = Number(number);
  const holds: (value: number) => boolean =
    {
      '>': (value: number) => value > limit,
      '<': (value: number) => value < limit,
      '>=': (value: number) => value >= limit,
      '<=': (value: number) => value <= limit,
    }[sign] ?? (() => false);
  return (value) => {
    const verdict = general(key, value);
    if (verdict !== undefined) return verdict;
    const read = value.length <= longestMatched ? readFloat(value) : undefined;
    return read !== undefined && holds(read) ? 1 : -1;
  };
}

/** `# a and b #`, `# a or b #`; of a longer chain only the first two parts count, as in the original. */
function readRelation(key: string, depth: number): Element {
  if (key.includes(' AND ')) return binary(key, 'AND', depth);
  if (key.includes(' OR ')) return binary(key, 'OR', depth);
  return readElement(key.slice(1, -1), depth + 1);
}

function binary(key: string, operator: 'AND' | 'OR', depth: number): Element {
  const inside = key.startsWith('#') ? key.slice(1, -1) : key;
  const [first = '', second = ''] = inside.split(operator).map(strip);
  const left = readElement(first, depth + 1);
  const right = readElement(second, depth + 1);
  return asked((value) => {
    const upper = value.length <= longestMatched ? value.toUpperCase() : value;
    const verdict = general(key, upper);
    if (verdict !== undefined) return verdict;
    const isLeft = judge(left, upper) === 1;
    if (operator === 'AND') return isLeft && judge(right, upper) === 1 ? 1 : -1;
    return isLeft || judge(right, upper) === 1 ? 1 : -1;
  });
}

function between(key: string, depth: number): Element {
  const parts = words(key);
  const low = readFloat(parts[1] ?? '');
  const high = readFloat(parts[2] ?? '');
  if (parts.length !== 3 || low === undefined || high === undefined || !(low <= high)) {
    throw new ElementError('BETWEEN with a lower and an upper bound');
  }
  return binary(`>=${parts[1]} AND <${parts[2]}`, 'AND', depth);
}

function not(inner: Element): Element {
  return asked((value) => {
    const verdict = judge(inner, value);
    return verdict === 1 ? -1 : verdict === -1 ? 1 : 0;
  });
}
