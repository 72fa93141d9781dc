import type { Sql, Tx } from '../../core/db/index.ts';

/** How an observatory and its upstream server get on. */
export interface MirrorState {
  observatory: string;
  upstream: string;
  nextAt: Date;
  askedAt: Date | null;
  answeredAt: Date | null;
  failingSince: Date | null;
  failures: number;
  error: string;
  takenIn: string;
  files: number;
  missingMappings: number;
}

/** How a mirror stands; null for an observatory that was never one. */
export async function mirrorStateOf(sql: Sql, observatory: string): Promise<MirrorState | null> {
  const [state] = await sql<MirrorState[]>`select * from crds.mirror where observatory = ${observatory}`;
  return state ?? null;
}

/** Mirrors whose upstream server should be asked now; one whose address is new is among them. */
export async function claimDue(
  tx: Tx,
  wanted: ReadonlyArray<{ observatory: string; upstream: string; everySeconds: number }>,
): Promise<string[]> {
  const rows = await tx<{ observatory: string }[]>`
    insert into crds.mirror as m (observatory, upstream, next_at)
    select w.observatory, w.upstream, clock_timestamp() + make_interval(secs => w."everySeconds")
    from jsonb_to_recordset(${JSON.stringify(wanted)}::text::jsonb)
      as w (observatory text, upstream text, "everySeconds" integer)
    on conflict (observatory) do update set upstream = excluded.upstream, next_at = excluded.next_at,
      taken_in = case when m.upstream = excluded.upstream then m.taken_in else '' end
    where m.next_at <= clock_timestamp() or m.upstream <> excluded.upstream
    returning observatory`;
  return rows.map(({ observatory }) => observatory);
}

/** Observatories that mirror nobody any more are forgotten; what was fetched stays. */
export async function forgetOthers(tx: Tx, observatories: readonly string[]): Promise<void> {
  const kept = observatories as string[];
  await tx`delete from crds.mirror_failure where observatory <> all(${kept}::text[])`;
  await tx`delete from crds.mirror where observatory <> all(${kept}::text[])`;
}

/** Asks again at once. False when the observatory is no mirror. */
export async function askNow(sql: Sql, observatory: string): Promise<boolean> {
  const { count } = await sql`
    update crds.mirror set next_at = clock_timestamp(), taken_in = '' where observatory = ${observatory}`;
  return count === 1;
}

export interface TakenIn {
  takenIn: string;
  files: number;
  missingMappings: number;
  /** What of it could not be taken in; empty when all was. */
  error: string;
}

/** What became of asking. An error of files counts as failing too: not everything is here. */
export async function noteAnswer(sql: Sql, observatory: string, answer: TakenIn): Promise<void> {
  const { takenIn, files, missingMappings, error } = answer;
  await sql`
    update crds.mirror set asked_at = clock_timestamp(), files = ${files}, missing_mappings = ${missingMappings},
      error = ${error}, taken_in = ${error === '' ? takenIn : ''},
      answered_at = case when ${error} = '' then clock_timestamp() else answered_at end,
      failing_since = case when ${error} = '' then null else coalesce(failing_since, clock_timestamp()) end,
      failures = case when ${error} = '' then 0 else failures + 1 end
    where observatory = ${observatory}`;
}

/** The upstream server was asked in vain. The first time of a row of failures is kept. */
export async function noteSilence(sql: Sql, observatory: string, error: string): Promise<void> {
  await sql`
    update crds.mirror set asked_at = clock_timestamp(), error = ${error.slice(0, 1000)}, failures = failures + 1,
      failing_since = coalesce(failing_since, clock_timestamp())
    where observatory = ${observatory}`;
}

export interface MirrorFailure {
  name: string;
  failures: number;
  error: string;
  firstAt: Date;
  lastAt: Date;
  nextAt: Date;
}

/** Files that could not be had, by name. */
export async function listFailures(
  sql: Sql,
  observatory: string,
  { after = '', limit }: { after?: string; limit: number },
): Promise<MirrorFailure[]> {
  return await sql<MirrorFailure[]>`
    select name, failures, error, first_at, last_at, next_at from crds.mirror_failure
    where observatory = ${observatory} and name > ${after} order by name limit ${limit}`;
}

/** Why a file is not asked for just now; null when it may be. */
export async function heldBack(sql: Sql, observatory: string, name: string): Promise<MirrorFailure | null> {
  const [failure] = await sql<MirrorFailure[]>`
    select name, failures, error, first_at, last_at, next_at from crds.mirror_failure
    where observatory = ${observatory} and name = ${name} and next_at > clock_timestamp()`;
  return failure ?? null;
}

/** The next try comes after 15 s, then each time after twice as long, at most an hour. */
export async function noteFailure(sql: Sql, observatory: string, name: string, error: string): Promise<void> {
  await sql`
    insert into crds.mirror_failure as f (observatory, name, error, next_at)
    values (${observatory}, ${name}, ${error.slice(0, 1000)}, clock_timestamp() + interval '15 seconds')
    on conflict (observatory, name) do update set error = excluded.error, failures = f.failures + 1,
      last_at = clock_timestamp(),
      next_at = clock_timestamp() + least(interval '1 hour', interval '15 seconds' * power(2, least(f.failures, 10)))`;
}

/** These files have come: what failed before is over. */
export async function forgetFailures(sql: Sql, observatory: string, names: readonly string[]): Promise<void> {
  await sql`
    delete from crds.mirror_failure where observatory = ${observatory} and name = any(${names as string[]}::text[])`;
}

/** Of these names the ones whose bytes are not here. */
export async function notHere(sql: Sql, observatory: string, names: readonly string[]): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select w.name from unnest(${names as string[]}::text[]) as w (name)
    left join crds.file f on f.observatory = ${observatory} and f.name = w.name
    where f.name is null or f.place not in ('kept', 'linked')
    order by w.name`;
  return rows.map(({ name }) => name);
}

/** Of these names the ones that the catalogue does not have, or has without their bytes being anywhere. */
export async function unknownHere(
  sql: Sql,
  observatory: string,
  names: readonly string[],
): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select w.name from unnest(${names as string[]}::text[]) as w (name)
    left join crds.file f on f.observatory = ${observatory} and f.name = w.name
    where f.name is null or f.place = 'absent'
    order by w.name`;
  return rows.map(({ name }) => name);
}

/** References that only the upstream server has, after the name `after`; of one context when it is given. */
export async function listUpstream(
  sql: Sql,
  observatory: string,
  { within, after, limit }: { within: readonly string[] | null; after: string; limit: number },
): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select f.name from crds.file f
    where f.observatory = ${observatory} and f.kind = 'reference' and f.place = 'upstream' and f.name > ${after}
      and (${within as string[] | null}::text[] is null or f.name = any(${within as string[] | null}::text[]))
    order by f.name limit ${limit}`;
  return rows.map(({ name }) => name);
}
