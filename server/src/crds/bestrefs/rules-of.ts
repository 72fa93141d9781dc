import type { Core } from '../../core/core.ts';
import { shownStates } from '../catalogue/shown.ts';
import { contextUnknown } from '../contexts/errors.ts';
import { perCore } from '../per-core.ts';
import { Context, RuleCache } from '../rules/index.ts';
import { CatalogueSource } from './catalogue-source.ts';
import { listRuleFiles, type RuleFile } from './rules.store.ts';

/** Text of the mappings that contexts in memory lead to, each counted once, bytes. Compiled rules take several times that. */
const mostBytes = 48 * 1024 * 1024;

interface Held {
  context: Promise<Context>;
  /** Sizes of its mappings by sha256; empty until it was opened. */
  sizes: ReadonlyMap<string, number>;
}

/** Contexts of all observatories, the least recently used first, and the rules that they share. */
export class RulesInMemory {
  readonly #core: Core;
  readonly #mostBytes: number;
  readonly #held = new Map<string, Held>();
  readonly #cache = new RuleCache();
  /** Hashes of rules that were compiled. */
  readonly #compiled = new Set<string>();
  /** How many contexts lead to a mapping, by its hash. */
  readonly #users = new Map<string, number>();
  #bytes = 0;

  /** @param most bytes of text that contexts in memory may lead to; the one used last stays in any case. */
  constructor(core: Core, most = mostBytes) {
    this.#core = core;
    this.#mostBytes = most;
  }

  get(observatory: string, name: string): Promise<Context> {
    const key = `${observatory}/${name}`;
    const known = this.#held.get(key);
    if (known !== undefined) {
      this.#held.delete(key);
      this.#held.set(key, known);
      return known.context;
    }
    const held: Held = { context: this.#open(observatory, name, key), sizes: new Map() };
    this.#held.set(key, held);
    held.context.catch(() => this.#forget(key, held));
    return held.context;
  }

  async #open(observatory: string, name: string, key: string): Promise<Context> {
    const { sql } = this.#core.db;
    const files = await listRuleFiles(sql, observatory, name, shownStates);
    if (files.length === 0) throw contextUnknown(observatory, name);
    const held = this.#held.get(key);
    const source = new CatalogueSource(sql, name, files, this.#compiled, () => {
      if (held !== undefined) this.#forget(key, held);
    });
    const context = await Context.open(name, source, this.#cache).catch((thrown: unknown) => {
      throw source.failure(thrown);
    });
    if (held !== undefined && this.#held.get(key) === held) this.#count(held, files);
    return context;
  }

  #count(held: Held, files: readonly RuleFile[]): void {
    const sizes = new Map(
      files.flatMap(({ sha256, sizeBytes }) => (sha256 === null ? [] : [[sha256, sizeBytes]])),
    );
    held.sizes = sizes;
    for (const [hash, size] of sizes) {
      const users = this.#users.get(hash) ?? 0;
      if (users === 0) this.#bytes += size;
      this.#users.set(hash, users + 1);
    }
    for (const [key, oldest] of this.#held) {
      if (this.#bytes <= this.#mostBytes || oldest === held) break;
      this.#forget(key, oldest);
    }
  }

  #forget(key: string, held: Held): void {
    if (this.#held.get(key) !== held) return;
    this.#held.delete(key);
    for (const [hash, size] of held.sizes) {
      const users = (this.#users.get(hash) ?? 1) - 1;
      if (users > 0) this.#users.set(hash, users);
      else {
        this.#users.delete(hash);
        this.#bytes -= size;
      }
    }
  }
}

const rulesInMemory = perCore((core) => new RulesInMemory(core));

/**
 * The rules of a context, named by a mapping (pmap; also an imap or rmap alone). Read once by each process, instrument
 * by instrument as they are loaded, and shared with every other context that has the same mappings.
 *
 * Throws `crds.context-unknown`, `crds.rules-absent`, `crds.rules-broken`; the next call tries again.
 */
export function contextOf(core: Core, observatory: string, context: string): Promise<Context> {
  return rulesInMemory(core).get(observatory, context);
}
