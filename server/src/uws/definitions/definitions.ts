import { createHash } from 'node:crypto';
import type { Core } from '../../core/core.ts';
import type { Db } from '../../core/db/index.ts';
import { definitionUnknown } from '../errors.ts';
import type { Definition } from './definition.ts';
import {
  findVersion,
  getById,
  insertVersion,
  listNewest,
  type StoredDefinition,
} from './definitions.store.ts';

/** Loads a checked definition: a new version, or nothing when the newest is the same. */
export async function installDefinition(
  db: Db,
  definition: Definition,
  createdBy: string,
  now: Date,
): Promise<{ version: number; isNew: boolean }> {
  const contentHash = createHash('sha256').update(canonical(definition)).digest('hex');
  return await db.transaction((tx) => insertVersion(tx, definition, contentHash, createdBy, now));
}

/** JSON with sorted keys, so that the order in a file is no difference. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** How long a process may go on with the versions it knows; a version itself never changes. */
const freshMs = 1000;

/** What this process knows of the definitions; every creation asks it, so it asks the database once a second. */
export class Catalog {
  readonly #core: Core;
  readonly #byId = new Map<number, StoredDefinition>();
  #newest: Promise<Map<string, StoredDefinition>> | undefined;
  #readAtMs = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  async list(): Promise<StoredDefinition[]> {
    return [...(await this.#current()).values()];
  }

  async find(name: string): Promise<StoredDefinition | null> {
    return (await this.#current()).get(name) ?? null;
  }

  /** Throws `uws.definition-unknown`. */
  async get(name: string): Promise<StoredDefinition> {
    const definition = await this.find(name);
    if (definition === null) throw definitionUnknown(name);
    return definition;
  }

  async getVersion(name: string, version: number): Promise<StoredDefinition> {
    const definition = await findVersion(this.#core.db.sql, name, version);
    if (definition === null) throw definitionUnknown(`${name} version ${version}`);
    return definition;
  }

  /** The version a job was made with. */
  async byId(definitionId: number): Promise<StoredDefinition> {
    const known = this.#byId.get(definitionId);
    if (known !== undefined) return known;
    const definition = await getById(this.#core.db.sql, definitionId);
    if (this.#byId.size > 1000) this.#byId.clear();
    this.#byId.set(definitionId, definition);
    return definition;
  }

  /** The next question reads the database. */
  forget(): void {
    this.#newest = undefined;
  }

  #current(): Promise<Map<string, StoredDefinition>> {
    const nowMs = performance.now();
    if (this.#newest !== undefined && nowMs - this.#readAtMs < freshMs) return this.#newest;
    this.#readAtMs = nowMs;
    const reading = listNewest(this.#core.db.sql).then((rows) => {
      for (const row of rows) this.#byId.set(row.definitionId, row);
      return new Map(rows.map((row) => [row.name, row]));
    });
    // A failed reading is not remembered.
    reading.catch(() => this.forget());
    this.#newest = reading;
    return reading;
  }
}
