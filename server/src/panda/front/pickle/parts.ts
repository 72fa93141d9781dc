import { plainOf } from './plain.ts';
import { readPickle } from './read-pickle.ts';
import { PickleError } from './values.ts';

/** A pickle that was read in a thread: a list in pieces of JSON text, anything else in one, or why it is refused. */
export type PickleParts =
  | { list: string[]; whole?: never; refusal?: never }
  | { whole: string; refusal?: never }
  | { refusal: string };

/** Elements of a list in one piece: that many jobs are parsed in some milliseconds. */
const elementsTogether = 100;

/** Runs in a thread, whose result is copied: text is copied faster than the objects it says. */
export function partsOf(bytes: Uint8Array): PickleParts {
  try {
    const value = plainOf(readPickle(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)));
    if (!Array.isArray(value)) return { whole: JSON.stringify(value) };
    const list: string[] = [];
    for (let from = 0; from < value.length; from += elementsTogether) {
      list.push(JSON.stringify(value.slice(from, from + elementsTogether)));
    }
    return { list };
  } catch (error) {
    if (error instanceof PickleError) return { refusal: error.message };
    throw error;
  }
}
