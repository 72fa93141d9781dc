import type { Answer } from '../answer.ts';
import { Failure } from '../failure.ts';
import type { Header, Parameters } from '../header.ts';
import { quoted, readFloat, shown } from '../python-text.ts';
import { type Branch, follow, missing, type Rule } from './rule.ts';

/** What the original says of a selector without entries. */
export const emptySequence = 'attempt to get argmin of an empty sequence';

/** Index of the smallest distance, the first of several; a distance that is not a number comes first. */
export function nearest(distances: readonly number[]): number {
  let best = -1;
  for (const [index, distance] of distances.entries()) {
    if (Number.isNaN(distance)) return index;
    if (best < 0 || distance < (distances[best] ?? 0)) best = index;
  }
  return best;
}

/** The number a parameter has, or why it has none. */
export function numberOf(header: Header, name: string, selector: string): number | Failure {
  const text = header.get(name);
  if (text === undefined) return missing(name);
  return (
    readFloat(text) ?? new Failure(`${selector} Invalid number for ${quoted(name)} value = ${shown(text)}`)
  );
}

/**
 * Picks the entry whose number is nearest, in single precision (crds 13.2.7, `GeometricallyNearestSelector`). Keys
 * are in the order of their texts, which decides between equally near ones.
 */
export class GeometricallyNearest implements Rule {
  readonly selector = 'GeometricallyNearest';
  readonly parameters: Parameters;
  readonly branches: readonly Branch[];
  private readonly keys: readonly (number | undefined)[];

  /** Branches in the order of their keys' texts. */
  constructor(parameters: Parameters, branches: readonly Branch[]) {
    this.parameters = parameters;
    this.branches = branches;
    this.keys = branches.map(({ key }) => readFloat(String(key)));
  }

  choose(header: Header): Answer | Failure {
    const name = this.parameters[0] ?? '';
    const value = numberOf(header, name, this.selector);
    if (value instanceof Failure) return value;
    const bad = this.keys.indexOf(undefined);
    if (bad >= 0) {
      return new Failure(`could not convert string to float: ${quoted(String(this.branches[bad]?.key))}`);
    }
    const branch = this.branches[this.indexAt(value)];
    return branch === undefined ? new Failure(emptySequence) : follow(branch, header);
  }

  indexAt(value: number): number {
    const at = Math.fround(value);
    return nearest(this.keys.map((key) => Math.abs(Math.fround(Math.fround(key ?? Number.NaN) - at))));
  }
}
