/** A piece of an expression and where it stands. Operators and words with a meaning are signs. */
export type ExpressionToken =
  | { readonly kind: 'sign' | 'name' | 'text'; readonly text: string; readonly at: number }
  | { readonly kind: 'number'; readonly value: number; readonly at: number };

/** What an expression should have said and where; -1 at its end. */
export class ExpressionSyntaxError extends Error {
  readonly at: number;
  readonly expected: string;
  constructor(at: number, expected: string) {
    super(`expected ${expected}${at < 0 ? ' at the end' : ` at character ${at + 1}`}`);
    this.at = at;
    this.expected = expected;
  }
}

const words: ReadonlySet<string> = new Set(['and', 'or', 'not', 'in', 'if', 'else']);
/** Longest expression; those of rules have some hundred characters. */
const longest = 20_000;

const piece =
  /(?<blank>[ \t\r\n]+)|(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|(?<name>[\p{L}_][\p{L}\p{N}_]*)|(?<sign>==|!=|<=|>=|[<>()[\],-])|(?<text>'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*")/uy;

/** Cuts an expression into tokens. Throws ExpressionSyntaxError at what no expression may have. */
export function tokenize(source: string): ExpressionToken[] {
  if (source.length > longest) throw new ExpressionSyntaxError(longest, 'a shorter expression');
  const tokens: ExpressionToken[] = [];
  piece.lastIndex = 0;
  while (piece.lastIndex < source.length) {
    const at = piece.lastIndex;
    const groups = piece.exec(source)?.groups;
    if (groups === undefined) throw new ExpressionSyntaxError(at, 'a value or an operator');
    const { number, name, sign, text } = groups;
    if (number !== undefined) tokens.push({ kind: 'number', value: Number(number), at });
    else if (name !== undefined) tokens.push({ kind: words.has(name) ? 'sign' : 'name', text: name, at });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign, at });
    else if (text !== undefined) tokens.push({ kind: 'text', text: unescaped(text.slice(1, -1)), at });
  }
  return tokens;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\n': '' };

function unescaped(text: string): string {
  return text.replace(/\\([\s\S])/g, (whole, char: string) =>
    char === '\\' || char === "'" || char === '"' ? char : (escapes[char] ?? whole),
  );
}
