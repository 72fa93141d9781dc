import { createHash } from 'node:crypto';
import { loadServices, migrationSources, serviceNames } from '../../server/src/compose.ts';
import type { BackupRequest } from '../../server/src/core/backup/index.ts';
import type { Db, Sql } from '../../server/src/core/db/index.ts';
import {
  type BlobStore,
  createDiskStore,
  createFiles,
  type Files,
} from '../../server/src/core/files/index.ts';
import { silentLog } from '../../server/src/core/log.ts';
import { ownModule } from '../../server/src/core/own-module.ts';

const services = await loadServices(serviceNames);
const modules = [ownModule, ...services];

/** What a backup and a restore need to know of this program. */
export const sources = migrationSources(services);
export const thisProgram: Pick<BackupRequest, 'rules' | 'modules' | 'programVersion'> = {
  rules: modules.flatMap(({ backup }) => backup),
  modules: modules.map(({ name }) => name),
  programVersion: '0.0.0-test',
};

export interface Installation {
  db: Db;
  store: BlobStore;
  files: Files;
}

/** A database with a file store of its own in `folder`. */
export async function installation(db: Db, folder: string): Promise<Installation> {
  const store = createDiskStore({ folder, freeSpace: { minFreeBytes: 0, minFreePercent: 0 } });
  await store.start();
  return { db, store, files: createFiles({ db, log: silentLog, store }) };
}

/** Tables with their rows, ordered and hashed by PostgreSQL itself; keys of the store left out, they are new. */
export async function hashTables(sql: Sql, names: readonly string[]): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const name of names) {
    const row = name === 'core.blob' ? "(to_jsonb(t) - 'store_key')::text" : 't::text';
    const rows = await sql.unsafe<{ text: string }[]>(`select ${row} as text from ${name} t order by 1`);
    const digest = createHash('sha256');
    for (const text of rows.map((found) => found.text).sort()) digest.update(`${text}\n`);
    hashes[name] = `${rows.length} ${digest.digest('hex')}`;
  }
  return hashes;
}

/** Rows of many kinds and awkward values in the tables of the core. */
export async function fillCore({ db, files }: Installation): Promise<void> {
  await db.transaction(async (tx) => {
    await tx`
      insert into core.account (name, display_name, password_state, created_by)
      select 'person' || n, E'back\\slash\ttab\nline "quote" \\N \\.' || n, 'none', 'test' from generate_series(1, 20) n`;
    await tx`insert into core.account_grant (account_id, role, granted_by) select account_id, 'admin', '' from core.account`;
    await tx`
      insert into core.event (topic, key, data, created_at)
      select 'test', n::text, jsonb_build_object('ünicode', repeat('é', n), 'null', null, 'deep', jsonb_build_array(1.5, true)),
        clock_timestamp() - make_interval(days => n % 4)
      from generate_series(1, 500) n`;
    await tx`
      insert into core.audit (actor, action, object_kind, object_id, details)
      select 'someone', 'test', 'thing', n::text, '{}' from generate_series(1, 300) n`;
    await tx`
      insert into core.signing_key (key_id, algorithm, public_key, private_key)
      values ('key', 'EdDSA', '{"kty": "OKP"}', '\\x00ff0a0d5c')`;
    await tx`
      insert into core.task (kind, payload, state, dedupe) select 'test', to_jsonb(n), 'waiting', '' || n from generate_series(1, 9) n`;
    await tx`select nextval('core.fence') from generate_series(1, 77)`;
    await files.putSmall(tx, Buffer.from('small\0bytes'), {
      namespace: 'result',
      owner: { kind: 'test', id: '0', name: 'small' },
    });
  });
  for (let n = 0; n < 12; n++) {
    const namespace = n % 3 === 0 ? 'sample' : 'reference';
    const { sha256 } = await files.put(Buffer.alloc(1000 + n, `blob ${n}`), { namespace });
    await db.transaction((tx) =>
      files.reference(tx, sha256, namespace, { kind: 'test', id: String(n), name: 'file' }),
    );
  }
}

/** Reads every referenced blob again; returns how many there are. Throws when one is not what its name says. */
export async function verifyBlobs({ db, files }: Installation): Promise<number> {
  const blobs = await db.sql<{ sha256: string; namespace: 'reference' | 'sample' | 'result' }[]>`
    select distinct sha256, namespace from core.blob_reference`;
  for (const { sha256, namespace } of blobs) {
    if ((await files.verify(sha256, namespace)) !== 'intact')
      throw new Error(`${namespace} ${sha256} is damaged`);
  }
  return blobs.length;
}
