import type { Sql, Tx } from '../db/index.ts';
import { AppError } from '../errors.ts';
import type { Realm } from './blob-store.ts';

/** What a file is kept for. `reference` may be hard-linked; `sample` may be hostile and is never linked. */
export type Namespace = 'reference' | 'result' | 'cache' | 'sample';

/** The object of a service that needs a file: `{ kind: 'uws.job', id: '17', name: 'preview.png' }`. */
export interface Owner {
  kind: string;
  id: string;
  name: string;
}

export function realmOf(namespace: Namespace): Realm {
  return namespace === 'sample' ? 'sample' : 'shared';
}

/**
 * Keeps a blob for an owner, from the commit of `tx` on; the second time it does nothing. The caller must have
 * put the bytes, or hold a reference already: knowing a hash gives no right to it.
 * Throws AppError missing `files.blob-missing` when there is no such blob in the namespace's realm.
 */
export async function reference(tx: Tx, sha256: string, namespace: Namespace, owner: Owner): Promise<void> {
  // The share lock and garbage collection's lock exclude each other: see docs/adr/0004-file-store.md.
  const [found] = await tx<{ count: number }[]>`
    with blob as (
      select sha256 from core.blob where realm = ${realmOf(namespace)} and sha256 = ${sha256} for key share),
    added as (
      insert into core.blob_reference (namespace, sha256, owner_kind, owner_id, name)
      select ${namespace}, sha256, ${owner.kind}, ${owner.id}, ${owner.name} from blob
      on conflict do nothing)
    select count(*) as count from blob`;
  if (found?.count !== 1) throw blobMissing(sha256, namespace);
}

/** Gives a reference up, from the commit of `tx` on. Returns whether there was one. */
export async function release(tx: Tx, sha256: string, namespace: Namespace, owner: Owner): Promise<boolean> {
  const [gone] = await tx<{ count: number }[]>`
    with gone as (
      delete from core.blob_reference
      where namespace = ${namespace} and sha256 = ${sha256}
        and owner_kind = ${owner.kind} and owner_id = ${owner.id} and name = ${owner.name} and expires_at is null
      returning realm, sha256),
    noted as (insert into core.blob_candidate (realm, sha256) select realm, sha256 from gone)
    select count(*) as count from gone`;
  return gone?.count === 1;
}

/** Gives up everything an object keeps, in all namespaces. Returns how many references that were. */
export async function releaseOwner(tx: Tx, owner: Pick<Owner, 'kind' | 'id'>): Promise<number> {
  const [gone] = await tx<{ count: number }[]>`
    with gone as (
      delete from core.blob_reference
      where owner_kind = ${owner.kind} and owner_id = ${owner.id} and expires_at is null
      returning realm, sha256),
    noted as (insert into core.blob_candidate (realm, sha256) select distinct realm, sha256 from gone)
    select count(*) as count from gone`;
  return gone?.count ?? 0;
}

/** Files that an object keeps, by name. */
export function listOwned(sql: Sql, owner: Pick<Owner, 'kind' | 'id'>): Promise<OwnedFile[]> {
  return sql<OwnedFile[]>`
    select r.name, r.namespace, r.sha256, b.size_bytes, r.created_at
    from core.blob_reference r join core.blob b using (realm, sha256)
    where r.owner_kind = ${owner.kind} and r.owner_id = ${owner.id} and r.expires_at is null
    order by r.name, r.namespace, r.sha256`;
}

export interface OwnedFile {
  name: string;
  namespace: Namespace;
  sha256: string;
  sizeBytes: number;
  createdAt: Date;
}

export function blobMissing(sha256: string, namespace: Namespace): AppError {
  return new AppError(
    'missing',
    'files.blob-missing',
    `There is no such file among the ${namespace} files.`,
    {
      next: 'Upload the file, then try again.',
      details: { sha256, namespace },
    },
  );
}
