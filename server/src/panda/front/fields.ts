import { AppError } from '../../core/errors.ts';
import { readForm } from '../../core/http/index.ts';
import { isReadTooDeep, tooDeep, whyNotRead } from './depth.ts';
import { formBytes } from './form-bytes.ts';

/**
 * Arguments of a legacy method, whether they came as a form, a query or JSON. Everything is text, spelled as Python
 * does (`True`, `None`); structures are JSON text. What is `None`, `null` or absent is `undefined` here.
 */
export class Fields {
  readonly #values: ReadonlyMap<string, string>;
  /** Forms as they came, the one that counts first. */
  readonly #forms: readonly string[];

  constructor(values: ReadonlyMap<string, string>, forms: readonly string[] = []) {
    this.#values = values;
    this.#forms = forms;
  }

  /** Names in the order sent. */
  names(): string[] {
    return [...this.#values.keys()];
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name);
    return value === undefined || value === 'None' ? undefined : value;
  }

  /** The bytes of a field: a form carries those of a pickle percent-encoded, in no character set. */
  bytes(name: string): Buffer | undefined {
    for (const form of this.#forms) {
      const field = form.split('&').find((one) => one.startsWith(`${name}=`));
      if (field !== undefined) return formBytes(field.slice(name.length + 1));
    }
    const text = this.text(name);
    return text === undefined ? undefined : Buffer.from(text, 'latin1');
  }

  /** As `text`, and neither empty nor the word NULL, with which old clients say that they have nothing. */
  filled(name: string): string | undefined {
    const value = this.text(name)?.trim();
    return value === undefined || value === '' || value === 'NULL' ? undefined : value;
  }

  /** A finite number, rounded towards zero (`"10000.0"` is fine); anything else is absent. */
  integer(name: string): number | undefined {
    const value = this.number(name);
    return value === undefined || !Number.isSafeInteger(Math.trunc(value)) ? undefined : Math.trunc(value);
  }

  number(name: string): number | undefined {
    const text = this.filled(name);
    if (text === undefined || !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/.test(text)) return undefined;
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }

  /** `True`, `true`, `1` are true. */
  flag(name: string): boolean {
    return /^(true|1)$/i.test(this.text(name) ?? '');
  }
}

/** Reads the body of a legacy call: JSON when it says so or looks so, otherwise a form. Throws `panda.body-invalid`. */
export function readFields(query: string, body: string | undefined, contentType: string | undefined): Fields {
  const values = new Map<string, string>();
  addForm(values, query);
  if (body === undefined || body === '') return new Fields(values, [query]);
  if (contentType?.startsWith('application/json') === true || body.startsWith('{')) {
    addJson(values, body);
    return new Fields(values);
  }
  addForm(values, body);
  return new Fields(values, [body, query]);
}

function addForm(values: Map<string, string>, text: string): void {
  if (text === '') return;
  for (const [name, [first = '', ...more]] of readForm(text)) {
    values.set(name, more.length === 0 ? first : JSON.stringify([first, ...more]));
  }
}

function addJson(values: Map<string, string>, text: string): void {
  const excess = whyNotRead(text);
  if (excess !== null) throw bodyInvalid(excess);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw bodyInvalid('The body is not JSON.', cause);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw bodyInvalid('The body must be one JSON object.');
  }
  if (isReadTooDeep(parsed, text)) throw bodyInvalid(tooDeep);
  for (const [name, value] of Object.entries(parsed)) {
    if (value === null) continue;
    if (typeof value === 'string') values.set(name, value);
    else if (typeof value === 'boolean') values.set(name, value ? 'True' : 'False');
    else values.set(name, JSON.stringify(value));
  }
}

export function bodyInvalid(sentence: string, cause?: unknown): AppError {
  return new AppError('invalid', 'panda.body-invalid', sentence, {
    next: 'Send a form, or one JSON object (gzip is understood).',
    ...(cause === undefined ? {} : { cause }),
  });
}
