/** What kind of thing is wrong with a mapping: its form, its header, or its checksum. */
export type MappingFault = 'form' | 'header' | 'sum';

/** A mapping that cannot be read: where it says something else than it should, and what was expected there. */
export class MappingError extends Error {
  readonly fault: MappingFault;
  /** Name under which the text was read, empty when it had none. */
  readonly file: string;
  /** From 1, in characters as an editor counts them. */
  readonly line: number;
  readonly column: number;
  /** Continues "expected …". */
  readonly expected: string;

  constructor(fault: MappingFault, file: string, line: number, column: number, expected: string) {
    super(`${file || 'mapping'}:${line}:${column}: expected ${expected}`);
    this.name = 'MappingError';
    this.fault = fault;
    this.file = file;
    this.line = line;
    this.column = column;
    this.expected = expected;
  }
}
