import { mapInTurns } from '../../../core/turns.ts';
import { SpecObject, Tuple } from './values.ts';

/**
 * Pickles of protocol 0, in plain ASCII, for old clients that read nothing else: None, truth values, numbers, texts,
 * lists, tuples, sets, instants (datetimes in UTC without a zone), objects (as dictionaries), jobs and files as
 * `pandaserver.taskbuffer.JobSpec.JobSpec` and `…FileSpec.FileSpec` with the lists of their values.
 */
export function renderPickle(value: unknown): string {
  return `${new Writing().pickled(value)}.`;
}

/** The same text; a long list is written in turns, so that others are answered meanwhile. */
export async function renderPickleInTurns(value: unknown): Promise<string> {
  if (!Array.isArray(value)) return renderPickle(value);
  const writing = new Writing();
  const written = await mapInTurns(value, (one: unknown) => `${writing.pickled(one)}a`);
  return `(l${written.join('')}.`;
}

class Writing {
  /** Jobs and files that were begun: their files and jobs name them by number. */
  readonly #places = new Map<SpecObject, number>();

  pickled(value: unknown): string {
    if (value === null || value === undefined) return 'N';
    if (typeof value === 'boolean') return value ? 'I01\n' : 'I00\n';
    if (typeof value === 'number') return pickledNumber(value);
    if (typeof value === 'bigint') return `L${value}L\n`;
    if (Array.isArray(value)) return this.#list(value);
    if (typeof value === 'object') return this.#object(value);
    return pickledText(String(value));
  }

  #list(values: Iterable<unknown>): string {
    return `(l${Array.from(values, (one) => `${this.pickled(one)}a`).join('')}`;
  }

  #object(value: object): string {
    if (value instanceof Date) return pickledInstant(value);
    if (value instanceof Tuple) return `(${value.items.map((one) => this.pickled(one)).join('')}t`;
    if (value instanceof Set) return `c__builtin__\nset\n(${this.#list(value)}tR`;
    if (value instanceof SpecObject) return this.#spec(value);
    const entries = value instanceof Map ? [...value] : Object.entries(value);
    return `(d${entries.map(([key, one]) => `${this.pickled(key)}${this.pickled(one)}s`).join('')}`;
  }

  #spec(spec: SpecObject): string {
    const known = this.#places.get(spec);
    if (known !== undefined) return `g${known}\n`;
    const place = this.#places.size;
    this.#places.set(spec, place);
    const named = `cpandaserver.taskbuffer.${spec.kind}\n${spec.kind}\n`;
    return `ccopy_reg\n_reconstructor\n(${named}c__builtin__\nobject\nNtRp${place}\n${this.pickled(spec.state)}b`;
  }
}

function pickledInstant(instant: Date): string {
  const parts = [
    instant.getUTCFullYear(),
    instant.getUTCMonth() + 1,
    instant.getUTCDate(),
    instant.getUTCHours(),
    instant.getUTCMinutes(),
    instant.getUTCSeconds(),
    instant.getUTCMilliseconds() * 1000,
  ];
  return `cdatetime\ndatetime\n(${parts.map(pickledNumber).join('')}tR`;
}

function pickledNumber(value: number): string {
  if (Number.isSafeInteger(value)) return Math.abs(value) < 2 ** 31 ? `I${value}\n` : `L${value}L\n`;
  if (Number.isNaN(value)) return 'Fnan\n';
  if (!Number.isFinite(value)) return value > 0 ? 'Finf\n' : 'F-inf\n';
  return `F${value}\n`;
}

/** As Python's raw-unicode-escape, with everything escaped that is no plain ASCII. Megabytes take no time. */
function pickledText(text: string): string {
  return `V${text.replace(/[^\x20-\x5b\x5d-\x7e]/gu, escaped)}\n`;
}

function escaped(sign: string): string {
  const code = sign.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
}
