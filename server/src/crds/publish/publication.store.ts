import type { Sql, Tx } from '../../core/db/index.ts';

/** How the folder for clients stands. */
export interface Publication {
  observatory: string;
  folder: string;
  /** Version of the observatory that clients read there; null before the first. */
  publishedVersion: number | null;
  publishedAt: Date | null;
  latestContext: string | null;
  files: number;
  triedVersion: number;
  triedAt: Date;
  /** Why what is there is not the newest; empty when it is. */
  problem: string;
}

export async function publicationOf(sql: Sql, observatory: string): Promise<Publication | null> {
  const [row] = await sql<Publication[]>`select * from crds.publication where observatory = ${observatory}`;
  return row ?? null;
}

/** Another folder than before is a publication that never was. */
export async function noteTried(
  sql: Sql,
  {
    observatory,
    folder,
    version,
    problem,
  }: { observatory: string; folder: string; version: number; problem: string },
): Promise<void> {
  await sql`
    insert into crds.publication as p (observatory, folder, tried_version, problem)
    values (${observatory}, ${folder}, ${version}, ${problem.slice(0, 2000)})
    on conflict (observatory) do update set folder = excluded.folder, tried_version = excluded.tried_version,
      tried_at = clock_timestamp(), problem = excluded.problem,
      published_version = case when p.folder = excluded.folder then p.published_version end,
      published_at = case when p.folder = excluded.folder then p.published_at end,
      latest_context = case when p.folder = excluded.folder then p.latest_context end,
      files = case when p.folder = excluded.folder then p.files else 0 end`;
}

export async function notePublished(
  tx: Tx,
  {
    observatory,
    version,
    latestContext,
    files,
  }: {
    observatory: string;
    version: number;
    latestContext: string | null;
    files: number;
  },
): Promise<void> {
  await tx`
    update crds.publication set published_version = ${version}, published_at = clock_timestamp(),
      latest_context = ${latestContext}, files = ${files}, problem = ''
    where observatory = ${observatory}`;
}

/** Publications to be made: the catalogue has changed since, and the last failure is not too fresh. */
export async function duePublications(
  sql: Sql,
  wanted: ReadonlyArray<{ observatory: string; folder: string; version: number }>,
  retrySeconds: number,
): Promise<string[]> {
  const rows = await sql<{ observatory: string }[]>`
    select w.observatory
    from jsonb_to_recordset(${JSON.stringify(wanted)}::text::jsonb) as w(observatory text, folder text, version bigint)
    left join crds.publication p using (observatory)
    where p.folder is distinct from w.folder
      or p.published_version is distinct from w.version
        and (p.tried_version <> w.version or p.tried_at < clock_timestamp() - make_interval(secs => ${retrySeconds}))`;
  return rows.map(({ observatory }) => observatory);
}

/** What may be published, mappings or references, by name. */
export interface Publishable {
  name: string;
  instrument: string | null;
  place: 'kept' | 'linked' | 'upstream' | 'absent';
  linkedPath: string | null;
  sizeBytes: number | null;
  sha256: string | null;
}

/** All mappings whose bytes are here. */
export async function mappingsAfter(
  sql: Sql,
  observatory: string,
  after: string,
  limit: number,
): Promise<Publishable[]> {
  return await sql<Publishable[]>`
    select name, instrument, place, linked_path, size_bytes, sha256 from crds.file
    where observatory = ${observatory} and kind = 'mapping' and place = 'kept' and state <> 'uploaded'
      and name > ${after} order by name limit ${limit}`;
}

/** References by name: those of `names`, or all whose bytes are here. */
export async function referencesAfter(
  sql: Sql,
  observatory: string,
  names: readonly string[] | null,
  after: string,
  limit: number,
): Promise<Publishable[]> {
  const wanted = names as string[] | null;
  return await sql<Publishable[]>`
    select name, instrument, place, linked_path, size_bytes, sha256 from crds.file
    where observatory = ${observatory} and kind = 'reference' and state <> 'uploaded'
      and case when ${wanted}::text[] is null then place in ('kept', 'linked') else name = any(${wanted}::text[]) end
      and name > ${after} order by name limit ${limit}`;
}
