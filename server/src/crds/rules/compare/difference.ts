import { compareTexts } from '../order.ts';
import { compareText } from '../values.ts';

/** A part of the way to a difference: names of an old and a new file, values of a key, or one text. */
export type Step = string | readonly string[];

/** One thing that two mappings say differently (crds 13.2.7): the way to it, then what is different. */
export interface Difference {
  /** The last one says what: `replaced 'a' with 'b'`, `added terminal 'f'`. */
  readonly values: readonly Step[];
  /** What the values are values of; the last one is `DIFFERENCE`. */
  readonly parameterNames: readonly Step[];
  readonly instrument: string | null;
  readonly filekind: string | null;
}

/** Where a difference is, before it is known what it is. */
export interface Place {
  readonly values: readonly Step[];
  readonly parameterNames: readonly Step[];
  readonly instrument: string | null;
  readonly filekind: string | null;
}

/** One level deeper: with the value of a key and the name of its parameter. */
export function inside(place: Place, value: Step, parameterName: Step): Place {
  return {
    ...place,
    values: [...place.values, value],
    parameterNames: [...place.parameterNames, parameterName],
  };
}

/** What differs at a place. */
export function differenceAt(place: Place, message: string): Difference {
  return inside(place, message, 'DIFFERENCE');
}

/** The order in which differences are shown: the deepest first, then by their values. */
export function compareDifferences(a: Difference, b: Difference): number {
  if (a.values.length !== b.values.length) return b.values.length - a.values.length;
  for (const [at, value] of a.values.entries()) {
    const order = compareSteps(value, b.values[at] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

function compareSteps(a: Step, b: Step): number {
  if (typeof a === 'string') return typeof b === 'string' ? compareText(a, b) : 1;
  return typeof b === 'string' ? -1 : compareTexts(a, b);
}
