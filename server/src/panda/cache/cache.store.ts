import type { Sql, Tx } from '../../core/db/index.ts';

export interface CacheFile {
  name: string;
  sha256: string;
  sizeBytes: number;
  checksum: number | null;
  ownerAccountId: number | null;
  createdAt: Date;
  touchedAt: Date;
}

export type CacheWrite = Pick<CacheFile, 'name' | 'sha256' | 'sizeBytes' | 'checksum' | 'ownerAccountId'>;

export async function findCacheFile(sql: Sql, name: string): Promise<CacheFile | null> {
  const [row] = await sql<CacheFile[]>`
    select name, sha256, size_bytes, checksum, owner_account_id, created_at, touched_at
    from panda.cache_file where name = ${name}`;
  return row ?? null;
}

/** As `findCacheFile`, and nobody else changes it until the end of `tx`. */
export async function lockCacheFile(tx: Tx, name: string): Promise<CacheFile | null> {
  const [row] = await tx<CacheFile[]>`
    select name, sha256, size_bytes, checksum, owner_account_id, created_at, touched_at
    from panda.cache_file where name = ${name} for update`;
  return row ?? null;
}

/** False when the name is taken. */
export async function insertCacheFile(tx: Tx, file: CacheWrite): Promise<boolean> {
  const { count } = await tx`
    insert into panda.cache_file (name, sha256, size_bytes, checksum, owner_account_id)
    values (${file.name}, ${file.sha256}, ${file.sizeBytes}, ${file.checksum}, ${file.ownerAccountId})
    on conflict do nothing`;
  return count === 1;
}

export async function updateCacheFile(tx: Tx, file: CacheWrite): Promise<void> {
  await tx`
    update panda.cache_file set sha256 = ${file.sha256}, size_bytes = ${file.sizeBytes},
      checksum = ${file.checksum}, created_at = clock_timestamp(), touched_at = clock_timestamp()
    where name = ${file.name}`;
}

/** False when there is no such file. */
export async function touchCacheFile(sql: Sql, name: string): Promise<boolean> {
  const { count } = await sql`
    update panda.cache_file set touched_at = clock_timestamp() where name = ${name}`;
  return count === 1;
}

/** Reading keeps a file as touching does; noted once an hour, so that a thousand jobs do not write a thousand rows. */
export async function noteRead(sql: Sql, name: string): Promise<void> {
  await sql`
    update panda.cache_file set touched_at = clock_timestamp()
    where name = ${name} and touched_at < clock_timestamp() - interval '1 hour'`;
}

export async function deleteCacheFile(tx: Tx, name: string): Promise<void> {
  await tx`delete from panda.cache_file where name = ${name}`;
}

/** Takes files away that nobody has wanted for so many days; returns what they kept. */
export async function deleteStale(
  tx: Tx,
  days: number,
  limit: number,
): Promise<Array<Pick<CacheFile, 'name' | 'sha256'>>> {
  return await tx<Array<Pick<CacheFile, 'name' | 'sha256'>>>`
    delete from panda.cache_file where name in (
      select name from panda.cache_file where touched_at < clock_timestamp() - make_interval(hours => ${days * 24})
      order by touched_at limit ${limit} for update skip locked)
    returning name, sha256`;
}

/** A sandbox that the account has put here in the last three days; logs are none. */
export async function findOwnSandbox(
  sql: Sql,
  ownerAccountId: number,
  sizeBytes: number,
  checksum: number,
): Promise<string | null> {
  const [row] = await sql<{ name: string }[]>`
    select name from panda.cache_file
    where owner_account_id = ${ownerAccountId} and size_bytes = ${sizeBytes} and checksum = ${checksum}
      and created_at > clock_timestamp() - interval '3 days'
      and name not like '%.out' and name not like '%/%' and name not like 'hpo\\_cp\\_%'
    order by created_at desc limit 1`;
  return row?.name ?? null;
}

export interface Sandbox {
  host: string;
  name: string;
  owner: string;
  sizeBytes: number;
  checksum: string;
}

/** False when that host has told of that name before. */
export async function insertSandbox(sql: Sql, sandbox: Sandbox): Promise<boolean> {
  const { count } = await sql`
    insert into panda.sandbox (host, name, owner, size_bytes, checksum)
    values (${sandbox.host}, ${sandbox.name}, ${sandbox.owner}, ${sandbox.sizeBytes}, ${sandbox.checksum})
    on conflict do nothing`;
  return count === 1;
}

/** A sandbox that the user has sent to another host in the last three days. */
export async function findForeignSandbox(
  sql: Sql,
  owner: string,
  sizeBytes: number,
  checksum: string,
): Promise<{ host: string; name: string } | null> {
  const [row] = await sql<{ host: string; name: string }[]>`
    select host, name from panda.sandbox
    where owner = ${owner} and size_bytes = ${sizeBytes} and checksum = ${checksum}
      and created_at > clock_timestamp() - interval '3 days'
    order by created_at desc limit 1`;
  return row ?? null;
}
