import { Name, type Pickled, PickleError, SpecObject } from './values.ts';

/** Lists in lists; jobs of clients are four deep. */
const mostLevels = 50;
/** Values and characters of everything together, what is there twice counted twice. */
const mostValues = 1_500_000;
const mostCharacters = 64 * 1024 * 1024;

/**
 * What a pickle holds, as JSON can say it: dictionaries are objects, tuples and sets lists, a job or a file the list
 * of its values, an instant `{"_datetime_object": "2026-11-22 00:38:36.934000"}` as in jobs that clients send as JSON.
 * A file says nothing of its job. Throws PickleError for what is nested without end, or small only as long as what
 * stands in it twice is there once.
 */
export function plainOf(value: Pickled): unknown {
  return new Unfolding().plain(value, mostLevels);
}

class Unfolding {
  #values = 0;
  #characters = 0;

  plain(value: Pickled, levels: number): unknown {
    this.#count(typeof value === 'string' || Buffer.isBuffer(value) ? value.length : 0);
    if (typeof value === 'bigint') return String(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Buffer.isBuffer(value)) return value.toString('latin1');
    if (value instanceof Date) return { _datetime_object: spaced(value) };
    if (value instanceof Name) throw new PickleError('The pickle holds a class, which is no value.');
    if (levels === 0) throw new PickleError(`What a pickle holds may be nested ${mostLevels} deep.`);
    if (value instanceof Map) return this.#object(value, levels - 1);
    if (value instanceof SpecObject) return this.#spec(value, levels - 1);
    return Array.from(value, (one) => this.plain(one, levels - 1));
  }

  #spec({ kind, state }: SpecObject, levels: number): unknown {
    if (!Array.isArray(state)) throw new PickleError('A job or a file of the pickle has no values.');
    const values = state as Pickled[];
    if (kind === 'JobSpec') return values.map((one) => this.plain(one, levels));
    return [...values.slice(0, -1).map((one) => this.plain(one, levels)), null];
  }

  #object(map: ReadonlyMap<Pickled, Pickled>, levels: number): unknown {
    return Object.fromEntries(
      Array.from(map, ([key, one]) => [this.#key(key), this.plain(one, levels)] as const),
    );
  }

  #key(key: Pickled): string {
    if (typeof key !== 'string' && typeof key !== 'number') {
      throw new PickleError('A key of a dictionary of the pickle is neither a text nor a number.');
    }
    this.#count(String(key).length);
    return String(key);
  }

  #count(characters: number): void {
    this.#values++;
    this.#characters += characters;
    if (this.#values > mostValues || this.#characters > mostCharacters) {
      throw new PickleError('The pickle unfolds to more than anybody sends.');
    }
  }
}

function spaced(instant: Date): string {
  return `${instant.toISOString().slice(0, -1).replace('T', ' ')}000`;
}
