/** A run of ids that a reader has jumped over: their transactions had not committed when it passed. */
export interface Gap {
  from: number;
  to: number;
  /** A transaction id newer than every transaction that can own an id of the gap; unknown until asked for. */
  bound: bigint | undefined;
}

/**
 * The position of a reader in a sequence whose ids commit out of order: everything up to `cursor` has been
 * seen, except the gaps. A gap shrinks as its ids arrive; what is left of it is given up when every
 * transaction that ran when it was found has ended, since then those ids belong to rolled-back transactions.
 */
export class Position {
  cursor: number;
  gaps: Gap[] = [];

  constructor(cursor: number) {
    this.cursor = cursor;
  }

  /** Takes one id that is visible now; false when it was seen before. */
  see(id: number): boolean {
    if (id > this.cursor) {
      if (id > this.cursor + 1) this.gaps.push({ from: this.cursor + 1, to: id - 1, bound: undefined });
      this.cursor = id;
      return true;
    }
    const index = this.gaps.findIndex((gap) => gap.from <= id && id <= gap.to);
    const gap = this.gaps[index];
    if (gap === undefined) return false;
    const left = { ...gap, to: id - 1 };
    const right = { ...gap, from: id + 1 };
    this.gaps.splice(index, 1, ...[left, right].filter((part) => part.from <= part.to));
    return true;
  }

  /** Sets the bound of the gaps that have none yet. */
  bind(bound: bigint): void {
    for (const gap of this.gaps) gap.bound ??= bound;
  }

  /** Gives up the gaps whose possible owners have all ended: `oldestRunning` is the snapshot's xmin. */
  settle(oldestRunning: bigint): void {
    this.gaps = this.gaps.filter((gap) => gap.bound === undefined || oldestRunning < gap.bound);
  }

  /** Everything up to this id is settled; a reader that resumes after it misses nothing. */
  get settled(): number {
    return (this.gaps[0]?.from ?? this.cursor + 1) - 1;
  }
}
