/** What a literal of Python says, as JSON says it: tuples and sets are lists, bytes texts, keys texts. */
export type PythonValue = string | number | boolean | null | PythonValue[] | { [name: string]: PythonValue };

/** The text is no literal of Python; nothing in it was run. */
export class LiteralError extends Error {
  /** What was expected where the text is something else. */
  readonly expected: string;
  readonly line: number;
  readonly column: number;

  constructor(expected: string, text: string, at: number) {
    const before = text.slice(0, at).split('\n');
    super(`line ${before.length}: expected ${expected}`);
    this.expected = expected;
    this.line = before.length;
    this.column = (before.at(-1)?.length ?? 0) + 1;
  }
}

/** Lists in lists; deeper ones would end the stack of whoever walks through them. */
const usualLevels = 100;

/**
 * Reads what Python's `ast.literal_eval` reads, but complex numbers: None, truth values, numbers, texts, bytes, lists,
 * tuples, sets and dictionaries, of which the last of equal keys counts. Time grows with the text alone. Throws
 * LiteralError, also for what is nested deeper than `levels`.
 */
export function readPythonLiteral(text: string, levels = usualLevels): PythonValue {
  const reading = new Reading(text);
  const value = reading.value(levels);
  reading.end();
  return value;
}

const words = new Map<string, PythonValue>([
  ['None', null],
  ['True', true],
  ['False', false],
]);

class Reading {
  readonly #text: string;
  #at = 0;
  /** Read so far, empty ones aside. */
  #dictionaries = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(levels: number): PythonValue {
    this.#blanks();
    const sign = this.#text[this.#at];
    if (sign === undefined) throw this.#wrong('a value');
    if (sign === "'" || sign === '"') return this.#texts();
    if ('[({'.includes(sign) && levels === 0) throw this.#wrong('less nesting');
    if (this.#passes('[')) return this.#upTo(']', levels - 1);
    if (this.#passes('(')) return this.#tuple(levels - 1);
    if (this.#passes('{')) return this.#braces(levels - 1);
    if (/[\d.+-]/.test(sign)) return this.#number();
    return this.#word();
  }

  end(): void {
    this.#blanks();
    if (this.#at < this.#text.length) throw this.#wrong('the end');
  }

  #wrong(expected: string): LiteralError {
    return new LiteralError(expected, this.#text, this.#at);
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at = pattern.lastIndex;
    return found;
  }

  /** One kind after the other: a pattern for all of them would remember each blank of millions, and fail. */
  #blanks(): void {
    while (/[\s\\#]/.test(this.#text[this.#at] ?? '')) {
      if (this.#match(/\s+|\\\n|#[^\n]*/y) === null) return;
    }
  }

  /** Whether the sign comes next; it is passed over then. */
  #passes(sign: string): boolean {
    this.#blanks();
    if (this.#text[this.#at] !== sign) return false;
    this.#at++;
    return true;
  }

  /** What stands up to the sign; `before` has been read already, with or without its comma. */
  #upTo(close: string, levels: number, before: PythonValue[] = [], isOpen = true): PythonValue[] {
    for (let mayFollow = isOpen; !this.#passes(close); mayFollow = this.#passes(',')) {
      if (!mayFollow) throw this.#wrong(`"," or "${close}"`);
      before.push(this.value(levels));
    }
    return before;
  }

  /** Parentheses without a comma only hold something together. */
  #tuple(levels: number): PythonValue {
    if (this.#passes(')')) return [];
    const first = this.value(levels);
    return this.#passes(')') ? first : this.#upTo(')', levels, [first], this.#passes(','));
  }

  #braces(levels: number): PythonValue {
    if (this.#passes('}')) return {};
    const before = this.#dictionaries;
    const first = this.value(levels);
    if (!this.#passes(':')) return this.#upTo('}', levels, [first], this.#passes(','));
    const entries = new Map([[this.#keyOf(first, before), this.value(levels)]]);
    while (!this.#passes('}')) {
      if (!this.#passes(',')) throw this.#wrong('"," or "}"');
      if (this.#passes('}')) break;
      const begun = this.#dictionaries;
      const key = this.value(levels);
      if (!this.#passes(':')) throw this.#wrong('":"');
      entries.set(this.#keyOf(key, begun), this.value(levels));
    }
    this.#dictionaries++;
    return Object.fromEntries(entries);
  }

  /**
   * Python takes no dictionary as a key, nor a tuple that holds one: written as text, keys in keys would double with
   * each level. `before`: dictionaries that had been read when the key began.
   */
  #keyOf(key: PythonValue, before: number): string {
    if (this.#dictionaries > before) throw this.#wrong('no dictionary in a key');
    return typeof key === 'string' ? key : JSON.stringify(key);
  }

  #number(): number {
    const found = this.#match(
      /([+-]?)(?:(0[xX][\dA-Fa-f_]+|0[oO][0-7_]+|0[bB][01_]+)|((?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?))(?![\w.])/y,
    );
    if (found === null) throw this.#wrong('a number');
    const number = Number((found[2] ?? found[3] ?? '').replaceAll('_', ''));
    return found[1] === '-' ? -number : number;
  }

  #word(): PythonValue {
    if (/[bBrRuU]{1,2}['"]/y.test(this.#text.slice(this.#at, this.#at + 3))) return this.#texts();
    const word = this.#match(/[A-Za-z_]+/y)?.[0];
    const value = word === undefined ? undefined : words.get(word);
    if (value !== undefined) return value;
    if (word === 'set' && this.#passes('(') && this.#passes(')')) return [];
    throw this.#wrong('a value');
  }

  /** Texts that follow one another are one. */
  #texts(): string {
    const parts: string[] = [];
    for (;;) {
      this.#blanks();
      const start = this.#match(/([bBrRuU]{0,2})('''|"""|'|")/y);
      if (start === null) return parts.join('');
      parts.push(this.#textUpTo(start[2] as string, /[rR]/.test(start[1] ?? '')));
    }
  }

  #textUpTo(quote: string, isRaw: boolean): string {
    const start = this.#at;
    for (;;) {
      const end = this.#text.indexOf(quote, this.#at);
      if (end === -1) throw this.#wrong(`the end of the text that begins with ${quote}`);
      this.#at = end + quote.length;
      if (isEscaped(this.#text, start, end)) {
        this.#at = end + 1;
        continue;
      }
      const inner = this.#text.slice(start, end);
      if (quote.length === 1 && /(?<!\\)\n/.test(inner)) throw this.#wrong('a text on one line');
      return isRaw || !inner.includes('\\') ? inner : unescaped(inner);
    }
  }
}

/** Whether an odd number of backslashes stands before the place. */
function isEscaped(text: string, start: number, at: number): boolean {
  let backslashes = 0;
  while (at - 1 - backslashes >= start && text[at - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}

const escapes: ReadonlyMap<string, string> = new Map([
  ...Object.entries({ n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v', '\n': '' }),
  ...['\\', "'", '"'].map((sign) => [sign, sign] as const),
]);

function unescaped(text: string): string {
  return text.replace(
    /\\(?:x([\dA-Fa-f]{2})|u([\dA-Fa-f]{4})|U([\dA-Fa-f]{8})|([0-7]{1,3})|([\s\S]))/g,
    (sign, byte?: string, short?: string, long?: string, octal?: string, one = '') => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      const code = Number.parseInt(byte ?? short ?? long ?? '', 16);
      if (Number.isNaN(code)) return escapes.get(one) ?? sign;
      if (code > 0x10ffff) return '\ufffd';
      return code > 0xffff ? String.fromCodePoint(code) : String.fromCharCode(code);
    },
  );
}
