import type { Sql, Tx } from '../../core/db/index.ts';

export type ProofResult = 'sound' | 'damaged' | 'missing' | 'unreadable';

/** What a look at the bytes of a file has come to. */
export interface Proof {
  name: string;
  result: ProofResult;
  /** A sentence where it is not sound. */
  found: string;
  /** Of a mapping whose rules were read: why they cannot be used, empty when they can. */
  fault?: string;
}

/** A file whose result is another than the time before; without a time before, one that is not sound. */
export interface Turn {
  name: string;
  result: ProofResult;
  found: string;
}

/** Stores proofs and gives those that are news; files that are gone from the catalogue meanwhile are left out. */
export async function storeProofs(tx: Sql, observatory: string, proofs: readonly Proof[]): Promise<Turn[]> {
  if (proofs.length === 0) return [];
  return await tx<Turn[]>`
    with brought as (
      select b.*, coalesce(former.result, 'sound') as former
      from unnest(${proofs.map(({ name }) => name)}::text[], ${proofs.map(({ result }) => result)}::text[],
        ${proofs.map(({ found }) => found)}::text[]) b(name, result, found)
      join crds.file f on f.observatory = ${observatory} and f.name = b.name
      left join crds.file_proof former on former.observatory = f.observatory and former.name = f.name),
    stored as (
      insert into crds.file_proof as p (observatory, name, result, found, sound_at, wrong_since)
      select ${observatory}, name, result, found, case when result = 'sound' then clock_timestamp() end,
        case when result <> 'sound' then clock_timestamp() end
      from brought order by name
      on conflict (observatory, name) do update
      set result = excluded.result, found = excluded.found, checked_at = clock_timestamp(),
        sound_at = coalesce(excluded.sound_at, p.sound_at),
        wrong_since = case when excluded.result = 'sound' then null else coalesce(p.wrong_since, clock_timestamp()) end)
    select name, result, found from brought where result <> former`;
}

/** Stores what was found about rules, of those files of which it is news. */
export async function storeFaults(tx: Sql, observatory: string, proofs: readonly Proof[]): Promise<void> {
  const known = proofs.filter(({ fault }) => fault !== undefined);
  if (known.length === 0) return;
  await tx`
    update crds.file f set fault = b.fault
    from unnest(${known.map(({ name }) => name)}::text[], ${known.map(({ fault = '' }) => fault)}::text[]) b(name, fault)
    where f.observatory = ${observatory} and f.name = b.name and f.fault <> b.fault`;
}

/** A mapping that is there as it came, and yet cannot be used. */
export interface FaultyFile {
  name: string;
  fault: string;
}

/** All of them, by name; there are few. */
export async function faultyFiles(sql: Sql, observatory: string): Promise<FaultyFile[]> {
  return await sql<FaultyFile[]>`
    select name, fault from crds.file where observatory = ${observatory} and fault <> '' order by name`;
}

/** Where bytes were read that are right: they prove the file only if that is where the catalogue has it. */
export interface ProvenPlace {
  name: string;
  place: 'kept' | 'linked';
  linkedPath?: string;
}

/** Files whose bytes were just read for another reason (import, a fetch) are proven by that. */
export async function noteProven(tx: Tx, observatory: string, files: readonly ProvenPlace[]): Promise<void> {
  if (files.length === 0) return;
  const rows = await tx<{ name: string }[]>`
    select f.name
    from unnest(${files.map(({ name }) => name)}::text[], ${files.map(({ place }) => place)}::text[],
      ${files.map(({ linkedPath }) => linkedPath ?? null)}::text[]) b(name, place, linked_path)
    join crds.file f on f.observatory = ${observatory} and f.name = b.name and f.place = b.place
      and f.linked_path is not distinct from b.linked_path`;
  await storeProofs(
    tx,
    observatory,
    rows.map(({ name }) => ({ name, result: 'sound', found: '' })),
  );
}

/** Of these files the ones that a check found wrong. */
export async function wrongNames(
  sql: Sql,
  observatory: string,
  names: readonly string[],
): Promise<Set<string>> {
  const rows = await sql<{ name: string }[]>`
    select name from crds.file_proof
    where observatory = ${observatory} and name = any(${names as string[]}::text[]) and result <> 'sound'`;
  return new Set(rows.map(({ name }) => name));
}
