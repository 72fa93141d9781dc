/** What a pickle of a client may hold. Tuples are arrays; whole numbers that a double cannot carry are `bigint`. */
export type Pickled =
  | null
  | boolean
  | number
  | bigint
  | string
  | Buffer
  | Date
  | Pickled[]
  | Set<Pickled>
  | Map<Pickled, Pickled>
  | SpecObject
  | Name;

/** Classes whose objects travel between PanDA's clients and server. */
export type SpecKind = 'JobSpec' | 'FileSpec';

/**
 * A job or a file: the values of its attributes in the order of panda-server 1.0.3. The last value of a job is the list
 * of its files, the last one of a file is its job.
 */
export class SpecObject {
  readonly kind: SpecKind;
  state: unknown;

  constructor(kind: SpecKind, state: unknown = null) {
    this.kind = kind;
    this.state = state;
  }
}

/** A list that Python reads as a tuple. */
export class Tuple {
  readonly items: readonly unknown[];

  constructor(...items: readonly unknown[]) {
    this.items = items;
  }
}

/** Something that a pickle names and that has a meaning here; nothing is ever imported or called. */
export class Name {
  readonly meaning: Meaning;

  constructor(meaning: Meaning) {
    this.meaning = meaning;
  }
}

export type Meaning =
  | 'reconstructor'
  | 'new-object'
  | 'object'
  | 'set'
  | 'bytes'
  | 'encode'
  | 'datetime'
  | SpecKind;

/** A pickle that is broken, too large, or holds what no client sends. The message is one sentence. */
export class PickleError extends Error {}
