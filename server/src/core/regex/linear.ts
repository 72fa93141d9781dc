import { RE2JS } from 're2js';
import { AppError, messageOf } from '../errors.ts';

export interface LinearMatch {
  /** Where the match begins, in UTF-16 units. */
  index: number;
  /** The whole match, then the groups; null for a group that took no part. */
  texts: ReadonlyArray<string | null>;
  groups: Readonly<Record<string, string | null>>;
}

/** A regular expression whose time grows with pattern × text and never faster. */
export interface LinearRegex {
  /** Whether it matches anywhere in the text. */
  test(text: string): boolean;
  /** The first match, or null. */
  find(text: string): LinearMatch | null;
}

export interface RegexLimits {
  /** Characters of the pattern. */
  maxLength?: number;
}

const flagBits: Readonly<Record<string, number>> = {
  i: RE2JS.CASE_INSENSITIVE,
  m: RE2JS.MULTILINE,
  s: RE2JS.DOTALL,
  /** Text is always read by code points here, so this changes nothing. */
  u: 0,
};

/** Instructions of a compiled pattern; `a{1000}` has 1,000. Bounds the factor in "linear". */
const maxProgram = 5000;

/**
 * Compiles a pattern that a stranger wrote, in RE2's syntax; flags are letters of `imsu`. Throws AppError invalid:
 * `regex.pattern-unsupported` for what cannot be matched in linear time (look-around, back-references, atomic
 * groups), `regex.pattern-malformed`, `regex.pattern-too-large`, `regex.flag-unknown`.
 */
export function compileLinear(
  pattern: string,
  flags = '',
  { maxLength = 1000 }: RegexLimits = {},
): LinearRegex {
  if (pattern.length > maxLength) throw tooLarge(`has more than ${maxLength} characters`);
  const compiled = compile(pattern, bitsOf(flags));
  if (compiled.programSize() > maxProgram) throw tooLarge('repeats too much');
  return {
    test: (text) => compiled.test(text),
    find: (text) => find(compiled, text),
  };
}

function compile(pattern: string, flags: number): RE2JS {
  try {
    return RE2JS.compile(pattern, flags);
  } catch (error) {
    throw refused(pattern, error);
  }
}

function bitsOf(flags: string): number {
  let bits = 0;
  for (const flag of flags) {
    const bit = flagBits[flag];
    if (bit === undefined) {
      throw new AppError(
        'invalid',
        'regex.flag-unknown',
        `"${flag}" is not a flag of a regular expression here.`,
        {
          next: 'Use i (any case), m (lines) or s (dot matches line ends).',
        },
      );
    }
    bits |= bit;
  }
  return bits;
}

function find(compiled: RE2JS, text: string): LinearMatch | null {
  const matcher = compiled.matcher(text);
  if (!matcher.find()) return null;
  const texts = Array.from({ length: compiled.groupCount() + 1 }, (_, group) => matcher.group(group) ?? null);
  const groups = Object.fromEntries(
    Object.entries(compiled.namedGroups()).map(([name, group]) => [name, texts[group] ?? null]),
  );
  return { index: matcher.start(), texts, groups };
}

/** What RE2 leaves out on purpose reads differently from a slip of the pen. */
const unsupported =
  /unsupported Perl syntax|invalid named capture: `\(\?<[=!]|invalid escape sequence: `\\[1-9k]/;

function refused(pattern: string, error: unknown): AppError {
  const why = messageOf(error).replace('error parsing regexp: ', '');
  if (unsupported.test(why)) {
    return new AppError(
      'invalid',
      'regex.pattern-unsupported',
      `This part of the pattern is not supported: ${why}.`,
      {
        next: 'Write it without look-around, back-references and atomic groups.',
        details: { pattern },
      },
    );
  }
  return new AppError(
    'invalid',
    'regex.pattern-malformed',
    `The pattern is not a regular expression: ${why}.`,
    {
      next: 'Correct the pattern; the syntax is that of RE2.',
      details: { pattern },
    },
  );
}

function tooLarge(why: string): AppError {
  return new AppError('invalid', 'regex.pattern-too-large', `The pattern ${why}.`, {
    next: 'Write a shorter pattern.',
  });
}
