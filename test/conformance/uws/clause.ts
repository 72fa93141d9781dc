import type { World } from './world.ts';

/** One thing that a conforming server does, and how a client sees it. */
export interface Clause {
  /** Never reused; the first part is the section of the group. */
  id: string;
  sentence: string;
  /** The section of a published standard, or the client that relies on it. */
  source: string;
  run: (world: World) => Promise<void>;
  /** Why it cannot be shown on this machine; undefined = it can. */
  leftOut?: string;
}

/** Clauses on one subject; `file` is where they are declared, below test/conformance/uws. */
export interface Group {
  title: string;
  file: string;
  clauses: readonly Clause[];
}

export function clause(
  id: string,
  sentence: string,
  source: string,
  run: (world: World) => Promise<void>,
  leftOut?: string,
): Clause {
  return { id, sentence, source, run, ...(leftOut === undefined ? {} : { leftOut }) };
}
