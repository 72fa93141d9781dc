import { AppError } from '../../core/errors.ts';

/** A job cannot be taken as it stands; nothing was stored. */
export function jobRefused(sentence: string, next: string): AppError {
  return new AppError('invalid', 'panda.job-invalid', sentence, { next });
}

/**
 * Values of a dictionary of PanDA: null, an empty text and the word NULL all mean that there is none, and numbers may
 * be texts. Remembers which keys were read, so that the rest can travel on.
 */
export class JobFields {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #read = new Set<string>();

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  #take(key: string): unknown {
    this.#read.add(key);
    const value = this.#values[key];
    return value === '' || value === 'NULL' || value === undefined ? null : value;
  }

  text(key: string, longest = 4000): string | null {
    const value = this.#take(key);
    if (value === null) return null;
    if (typeof value !== 'string' && typeof value !== 'number') throw wrong(key, 'a text');
    const text = String(value);
    if (text.length > longest) throw wrong(key, `shorter than ${longest + 1} characters`);
    if (!isStorable(text)) throw wrong(key, storable);
    return text;
  }

  /** A whole number between the bounds; a fraction is cut off. */
  integer(key: string, least: number, most: number): number | null {
    const value = this.#take(key);
    if (value === null) return null;
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isFinite(number)) throw wrong(key, 'a number');
    const whole = Math.trunc(number);
    if (whole < least || whole > most) throw wrong(key, `between ${least} and ${most}`);
    return whole;
  }

  flag(key: string): boolean {
    const value = this.#take(key);
    return value === true || value === 1 || (typeof value === 'string' && /^(true|1)$/i.test(value));
  }

  /** A list that is written with commas. An entry without a value is null. */
  list(key: string): Array<string | null> {
    const text = this.text(key, 1_000_000);
    if (text === null) return [];
    return text.split(',').map((entry) => {
      const value = entry.trim();
      return value === '' || value === 'NULL' ? null : value;
    });
  }

  skip(...keys: string[]): void {
    for (const key of keys) this.#read.add(key);
  }

  /** What nobody has asked for and is not empty. */
  rest(): Record<string, unknown> {
    const entries = Object.entries(this.#values).filter(
      ([key, value]) =>
        !this.#read.has(key) && value !== null && value !== undefined && value !== '' && value !== 'NULL',
    );
    const unstorable = entries.find((entry) => !isStorable(entry));
    if (unstorable !== undefined) throw wrong(unstorable[0].slice(0, 100).toWellFormed(), storable);
    return Object.fromEntries(entries);
  }
}

const storable = 'without the character zero and without halves of characters';

/** PostgreSQL has no place in a text or in JSON for U+0000, nor for one surrogate of a pair. */
function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return !value.includes('\0') && value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, one]) => isStorable(key) && isStorable(one));
}

function wrong(key: string, what: string): AppError {
  return jobRefused(`The value of ${key} must be ${what}.`, 'Correct it and submit again.');
}
