import type { Sql } from '../db/index.ts';
import type { Namespace } from './references.ts';

export interface ListedBlob {
  sha256: string;
  sizeBytes: number;
  createdAt: Date;
  damagedAt: Date | null;
}

export interface ListOptions {
  namespace: Namespace;
  /** The last SHA-256 of the page before. */
  after?: string;
  /** At most this many; 1,000 when not said. */
  limit?: number;
}

export interface Usage {
  namespace: Namespace;
  blobs: number;
  sizeBytes: number;
}

/** Blobs of a namespace in the order of their hashes, a page at a time. */
export function listBlobs(
  sql: Sql,
  { namespace, after = '', limit = 1000 }: ListOptions,
): Promise<ListedBlob[]> {
  return sql<ListedBlob[]>`
    select b.sha256, b.size_bytes, b.created_at, b.damaged_at
    from (
      select distinct realm, sha256 from core.blob_reference
      where namespace = ${namespace} and sha256 > ${after} and owner_kind <> 'guard' order by sha256 limit ${limit}) r
    join core.blob b using (realm, sha256)
    order by b.sha256`;
}

/** Blobs and bytes of each namespace; a blob in two namespaces counts in both. Reads every reference: not for each request. */
export function sumUsage(sql: Sql): Promise<Usage[]> {
  return sql<Usage[]>`
    select n.namespace, count(b.sha256) as blobs, coalesce(sum(b.size_bytes), 0)::bigint as size_bytes
    from unnest(array['reference', 'result', 'cache', 'sample']) with ordinality as n (namespace, place)
    left join (select distinct namespace, realm, sha256 from core.blob_reference where owner_kind <> 'guard') r on r.namespace = n.namespace
    left join core.blob b on b.realm = r.realm and b.sha256 = r.sha256
    group by n.namespace, n.place order by n.place`;
}
