import type { Sql, Tx } from '../../core/db/index.ts';
import type { StoragePlace } from './storage-place.ts';

/** What lies at an endpoint, uploads that are on their way included, as far as it came through the server. */
export interface StorageUse {
  endpoint: string;
  bytes: number;
  files: number;
}

/** Endpoints at which something was stored through the server. */
export function listStorageUse(sql: Sql): Promise<StorageUse[]> {
  return sql<StorageUse[]>`select endpoint, bytes, files from panda.storage_use order by endpoint`;
}

/** Bytes that stand against a new file. */
export interface Standing {
  /** Of the endpoint, without an older file of the same name. */
  endpointBytes: number;
  /** Of other files of the same job, at any endpoint. */
  jobBytes: number;
}

/**
 * What is there before a file comes, for as long as `tx` lasts nobody else's: endpoints first, then jobs, so that two
 * never wait for each other.
 */
export async function lockStanding(
  tx: Tx,
  endpoint: string,
  { scope, lfn }: StoragePlace,
  jobId: number,
): Promise<Standing> {
  const [use] = await tx<[{ bytes: number }]>`
    insert into panda.storage_use as known (endpoint) values (${endpoint})
    on conflict (endpoint) do update set endpoint = known.endpoint returning bytes`;
  await tx`select pg_advisory_xact_lock(hashtextextended(${`panda.storage job ${jobId}`}, 0))`;
  const [row] = await tx<[{ old: number; job: number }]>`
    select
      coalesce((select bytes from panda.storage_file
        where endpoint = ${endpoint} and scope = ${scope} and lfn = ${lfn}), 0)::bigint as old,
      (coalesce((select sum(bytes) from panda.storage_file where job_id = ${jobId}
        and (endpoint, scope, lfn) <> (${endpoint}, ${scope}, ${lfn})), 0)
       + coalesce((select sum(bytes) from panda.storage_upload where job_id = ${jobId}), 0))::bigint as job`;
  return { endpointBytes: use.bytes - row.old, jobBytes: row.job };
}

export interface Upload extends Pick<StoragePlace, 'scope' | 'lfn'> {
  uploadId: string;
  endpoint: string;
  jobId: number;
  bytes: number;
  /** Where it is until it is whole. */
  part: string;
}

/** A file is on its way; its bytes count from now on. */
export async function insertUpload(tx: Tx, upload: Upload): Promise<void> {
  await tx`insert into panda.storage_upload ${tx({ ...upload })}`;
}

/** The upload goes on: nobody clears up after it. */
export async function noteUploadSeen(sql: Sql, uploadId: string): Promise<void> {
  await sql`update panda.storage_upload set seen_at = clock_timestamp() where upload_id = ${uploadId}`;
}

/** Nothing comes of an upload: its room is given back. */
export async function deleteUpload(sql: Sql, uploadId: string): Promise<void> {
  await sql`delete from panda.storage_upload where upload_id = ${uploadId}`;
}

/** The file is there: what was announced becomes what is. */
export async function noteStored(tx: Tx, upload: Upload, bytes: number): Promise<void> {
  const { uploadId, endpoint, scope, lfn, jobId } = upload;
  await tx`delete from panda.storage_upload where upload_id = ${uploadId}`;
  await tx`
    insert into panda.storage_file (endpoint, scope, lfn, job_id, bytes)
    values (${endpoint}, ${scope}, ${lfn}, ${jobId}, ${bytes})
    on conflict (endpoint, scope, lfn) do update set
      job_id = excluded.job_id, bytes = excluded.bytes, stored_at = clock_timestamp()`;
}

/** Uploads that nothing was heard of for so long: their server was killed. */
export function listStaleUploads(sql: Sql, minutes: number): Promise<Upload[]> {
  return sql<Upload[]>`
    select upload_id, endpoint, scope, lfn, job_id, bytes, part from panda.storage_upload
    where seen_at < clock_timestamp() - ${minutes} * interval '1 minute' order by seen_at limit 1000`;
}

/** Forgets what was counted at an endpoint before `begunAt` and counts these files, which were there then, instead. */
export async function replaceStorageFiles(
  tx: Tx,
  endpoint: string,
  files: readonly { scope: string; lfn: string; bytes: number }[],
  begunAt: Date,
): Promise<void> {
  await tx`
    with found as (
      select scope, lfn, bytes from jsonb_to_recordset(${JSON.stringify(files)}::text::jsonb)
        as f (scope text, lfn text, bytes bigint)),
    gone as (
      delete from panda.storage_file f where endpoint = ${endpoint} and stored_at <= ${begunAt}
        and not exists (select from found where found.scope = f.scope and found.lfn = f.lfn))
    insert into panda.storage_file (endpoint, scope, lfn, bytes)
    select ${endpoint}, scope, lfn, bytes from found
    on conflict (endpoint, scope, lfn) do update set bytes = excluded.bytes`;
}
