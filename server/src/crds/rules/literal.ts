/**
 * Values as mapping files write them. Strings, booleans and null (Python's None) stand for themselves; the others keep
 * what JavaScript's own values would lose: whether a number was written as an integer or a float, and whether a
 * sequence was a tuple or a list. Both matter when a mapping is written again byte for byte.
 */
export type Literal = string | boolean | null | NumberLiteral | Tuple | readonly Literal[] | Dict;

/** A number; `text` is how Python's `repr` writes it (`1`, `1.0`, `1e+16`). */
export class NumberLiteral {
  readonly text: string;
  readonly value: number;
  constructor(text: string, value: number) {
    this.text = text;
    this.value = value;
  }
}

export class Tuple {
  readonly items: readonly Literal[];
  constructor(items: readonly Literal[]) {
    this.items = items;
  }
}

/** Entries in the order of the file; of equal keys the last one counts, as when Python evaluates it. */
export class Dict {
  readonly entries: readonly (readonly [key: Literal, value: Literal])[];
  constructor(entries: readonly (readonly [key: Literal, value: Literal])[]) {
    this.entries = entries;
  }
}
