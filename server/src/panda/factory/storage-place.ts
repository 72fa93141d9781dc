import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Sql } from '../../core/db/index.ts';
import { AppError } from '../../core/errors.ts';
import type { EndpointDocument } from '../queues/endpoints.ts';
import { pilotStates } from '../states.ts';

/** A file of an endpoint whose folder is on this host. */
export interface StoragePlace {
  /** Absolute path. */
  file: string;
  scope: string;
  lfn: string;
}

/** Nothing that leads out of a folder or cannot be one. */
const plainName = /^(?!\.{1,2}$)[^/\\\0]{1,255}$/;

/**
 * Where a file of an endpoint lies: `<scope as folders>/<h0h1>/<h2h3>/<name>` below the endpoint's folder, with h = md5
 * of `scope:name` (Rucio's deterministic layout). Throws `panda.storage-unknown` for anything else.
 */
export async function findPlace(
  sql: Sql,
  endpoint: string,
  relative: string,
): Promise<StoragePlace & { document: EndpointDocument }> {
  const [row] = await sql<{ document: EndpointDocument }[]>`
    select document from panda.endpoint where endpoint = ${endpoint}`;
  const folder = row === undefined ? null : folderOf(row.document);
  const named = readRelative(relative);
  if (row === undefined || folder === null || named === null) throw storageUnknown(endpoint);
  return { ...named, file: path.join(folder, relative), document: row.document };
}

/** The folder of this host behind an endpoint; null when it lies elsewhere. */
export function folderOf({ arprotocols }: EndpointDocument): string | null {
  const [door] = Object.values(arprotocols ?? {})
    .flat()
    .filter(({ endpoint }) => /^file:\/\/(localhost)?\/?$/.test(endpoint));
  return door !== undefined && path.isAbsolute(door.path) ? path.normalize(door.path) : null;
}

/** Scope and name out of a deterministic path; null when the path does not follow from them. */
export function readRelative(relative: string): { scope: string; lfn: string } | null {
  const parts = relative.split('/');
  const lfn = parts.at(-1) ?? '';
  const scope = parts.slice(0, -3).join('.');
  if (parts.length < 4 || !parts.every((part) => plainName.test(part))) return null;
  const hash = createHash('md5').update(`${scope}:${lfn}`).digest('hex');
  const expected = `${scope.replaceAll('.', '/')}/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${lfn}`;
  return expected === relative ? { scope, lfn } : null;
}

/** A job that a pilot holds and that is to make a file. */
export interface AwaitingJob {
  jobId: number;
  /** What it asked for; 0 = it did not say. */
  diskMb: number;
  queue: string;
}

/**
 * The job that a pilot holds now and that is to make this file; null when there is none: nobody writes over the files
 * of others. A file is of whoever owns the first job that names it. `vos`: jobs of these alone; null = of all.
 */
export async function findAwaiting(
  sql: Sql,
  { scope, lfn }: StoragePlace,
  vos: readonly string[] | null,
): Promise<AwaitingJob | null> {
  const [job] = await sql<AwaitingJob[]>`
    with claims as materialized (
      select job_id from panda.file
      where lfn = ${lfn} and coalesce(scope, '') = ${scope} and type in ('output', 'log')),
    jobs as (
      select job_id, owner_account_id, vo, status, disk_mb, queue from panda.job join claims using (job_id)
      union all
      select job_id, owner_account_id, vo, status, 0, queue from panda.job_archive join claims using (job_id))
    select job_id, disk_mb, queue from jobs
    where status = any(${[...pilotStates]}::text[]) and ${ofVos(sql, vos)}
      and owner_account_id is not distinct from (select owner_account_id from jobs order by job_id limit 1)
    order by job_id limit 1`;
  return job ?? null;
}

/** True when a job that a pilot holds now reads or makes this file; `vos` as above. */
export async function isNamed(
  sql: Sql,
  { scope, lfn }: StoragePlace,
  vos: readonly string[] | null,
): Promise<boolean> {
  const rows = await sql`
    select from panda.file f join panda.job using (job_id)
    where f.lfn = ${lfn} and coalesce(f.scope, '') = ${scope}
      and job.status = any(${[...pilotStates]}::text[]) and ${ofVos(sql, vos)} limit 1`;
  return rows.length > 0;
}

function ofVos(sql: Sql, vos: readonly string[] | null) {
  return vos === null ? sql`true` : sql`(vo is null or vo = any(${[...vos]}::text[]))`;
}

export function storageUnknown(endpoint: string): AppError {
  return new AppError(
    'missing',
    'panda.storage-unknown',
    `There is no such file at ${endpoint.slice(0, 100)}.`,
    {
      next: 'Endpoints whose folder is on this host have files at <scope>/<hash>/<hash>/<name>.',
    },
  );
}
