import { setImmediate } from 'node:timers/promises';
import type { Sql } from '../../core/db/index.ts';
import { AppError } from '../../core/errors.ts';
import {
  Dict,
  inTurns,
  type Mapping,
  MappingError,
  type MappingSource,
  readingMapping,
} from '../rules/index.ts';
import { type RuleFile, readTexts } from './rules.store.ts';

/**
 * Gives a context its mappings from the catalogue: the texts of an instrument in one statement, without those whose
 * rules are compiled already.
 */
export class CatalogueSource implements MappingSource {
  readonly #sql: Sql;
  readonly #context: string;
  readonly #files: ReadonlyMap<string, RuleFile>;
  /** Texts that were read ahead, until they are taken. */
  readonly #texts = new Map<string, Buffer>();
  readonly #compiled: Set<string>;
  /** Told when a mapping is not there, so that nobody goes on with what is incomplete. */
  readonly #onFailure: () => void;

  constructor(
    sql: Sql,
    context: string,
    files: readonly RuleFile[],
    compiled: Set<string>,
    onFailure: () => void,
  ) {
    this.#sql = sql;
    this.#context = context;
    this.#files = new Map(files.map((file) => [file.name, file]));
    this.#compiled = compiled;
    this.#onFailure = onFailure;
    for (const { sha256, content } of files) {
      if (sha256 !== null && content !== null) this.#texts.set(sha256, content);
    }
  }

  hashOf(name: string): string | undefined {
    return this.#files.get(name)?.sha256 ?? undefined;
  }

  /** Sums were proven when the mapping was taken. Throws `crds.rules-absent`, `crds.rules-broken`. */
  async read(name: string): Promise<Mapping> {
    try {
      const hash = this.hashOf(name);
      const text = hash === undefined ? undefined : await this.#textOf(hash);
      if (hash === undefined || text === undefined) throw absent(this.#context, name);
      // Many small mappings take long as well; others are answered in between.
      await setImmediate();
      const mapping = await inTurns(readingMapping(text.toString('utf8'), { name, ignoreSum: true }));
      if (mapping.kind === 'rmap') this.#compiled.add(hash);
      else if (mapping.kind === 'imap') await this.#readAhead(mapping);
      return mapping;
    } catch (thrown) {
      throw this.failure(thrown);
    }
  }

  /** A mapping that is well written may still hold rules that cannot be compiled. */
  failure(thrown: unknown): unknown {
    this.#onFailure();
    return thrown instanceof MappingError ? broken(this.#context, thrown) : thrown;
  }

  async #textOf(hash: string): Promise<Buffer | undefined> {
    const ahead = this.#texts.get(hash);
    this.#texts.delete(hash);
    return ahead ?? (await readTexts(this.#sql, [hash])).get(hash);
  }

  async #readAhead({ selector }: Mapping): Promise<void> {
    if (!(selector instanceof Dict)) return;
    const hashes = selector.entries.flatMap(([, name]) => {
      const hash = typeof name === 'string' ? this.hashOf(name) : undefined;
      return hash === undefined || this.#compiled.has(hash) ? [] : [hash];
    });
    if (hashes.length === 0) return;
    for (const [hash, text] of await readTexts(this.#sql, hashes)) this.#texts.set(hash, text);
  }
}

function absent(context: string, name: string): AppError {
  return new AppError(
    'conflict',
    'crds.rules-absent',
    `${name}, to which ${context} leads, is not in the catalogue.`,
    {
      next: 'Tell the operator: the mapping must be imported.',
    },
  );
}

function broken(context: string, cause: MappingError): AppError {
  return new AppError('conflict', 'crds.rules-broken', `${context} cannot be used: ${cause.message}.`, {
    next: 'Tell the operator: a mapping must be corrected.',
    cause,
  });
}
