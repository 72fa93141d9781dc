/**
 * Why a lookup found nothing. Returned, not thrown: every dataset has types that end this way, and a stack trace
 * costs more than a lookup.
 */
export class Failure {
  /** What the client shows after `NOT FOUND ` (crds 13.2.7). */
  readonly text: string;
  /** Whether the next best clause of a Match is tried; bad values and ambiguities end the lookup of the type. */
  readonly isLookup: boolean;
  constructor(text: string, isLookup = false) {
    this.text = text;
    this.isLookup = isLookup;
  }
}

/** No clause matched, or none that matched leads to a file. */
export const noMatch = new Failure('No match found.', true);
