import type { Rmap } from './rmap.ts';

/**
 * Compiled rmaps by the hash of their contents, for contexts to share: two successive contexts differ in a few
 * of them. The one that was not used for longest goes first.
 */
export class RuleCache {
  private readonly limit: number;
  private readonly rmaps = new Map<string, Promise<Rmap>>();

  /** @param limit rmaps kept at most. */
  constructor(limit = 2000) {
    this.limit = limit;
  }

  get size(): number {
    return this.rmaps.size;
  }

  /** The rmap of a hash; compiled once, also when several ask at the same time. */
  get(hash: string, compile: () => Promise<Rmap>): Promise<Rmap> {
    const known = this.rmaps.get(hash);
    this.rmaps.delete(hash);
    const rmap = known ?? this.compiled(hash, compile);
    this.rmaps.set(hash, rmap);
    for (const oldest of this.rmaps.keys()) {
      if (this.rmaps.size <= this.limit) break;
      this.rmaps.delete(oldest);
    }
    return rmap;
  }

  private compiled(hash: string, compile: () => Promise<Rmap>): Promise<Rmap> {
    const rmap = compile();
    // What could not be compiled is tried again; the caller gets the reason.
    rmap.catch(() => {
      if (this.rmaps.get(hash) === rmap) this.rmaps.delete(hash);
    });
    return rmap;
  }
}
