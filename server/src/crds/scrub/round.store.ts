import type { Sql, Tx } from '../../core/db/index.ts';
import type { Provable } from './check-file.ts';

export interface Round {
  round: number;
  startedAt: Date;
  afterName: string;
  checkedFiles: number;
  checkedBytes: number;
  wrongFiles: number;
  /** Null while it goes on. */
  finishedAt: Date | null;
  orphansLookedAt: Date | null;
}

/** Where the check of an observatory is; begun when it was never made. */
export async function roundOf(sql: Sql, observatory: string): Promise<Round> {
  const [round] = await sql<Round[]>`
    with made as (
      insert into crds.scrub_round (observatory) values (${observatory}) on conflict do nothing returning *)
    select * from made union all select * from crds.scrub_round where observatory = ${observatory}`;
  return round as Round;
}

/** The next files by name whose bytes are here. */
export async function filesAfter(
  sql: Sql,
  observatory: string,
  after: string,
  limit: number,
): Promise<Provable[]> {
  return await sql<Provable[]>`
    select observatory, name, kind, place, linked_path, size_bytes, sha1, sha256 from crds.file
    where observatory = ${observatory} and name > ${after} and place in ('kept', 'linked')
    order by name limit ${limit}`;
}

/** Moves the cursor, if it is still where this check began; false when another was faster. */
export async function advance(
  tx: Tx,
  observatory: string,
  round: Round,
  to: { afterName: string; files: number; bytes: number; wrong: number },
): Promise<boolean> {
  const { count } = await tx`
    update crds.scrub_round set after_name = ${to.afterName}, checked_files = checked_files + ${to.files},
      checked_bytes = checked_bytes + ${to.bytes}, wrong_files = wrong_files + ${to.wrong}
    where observatory = ${observatory} and round = ${round.round} and after_name = ${round.afterName}`;
  return count === 1;
}

/** Ends a round: every file that was there has been checked. False when it was over already. */
export async function finishRound(tx: Tx, observatory: string, round: Round): Promise<boolean> {
  const { count } = await tx`
    update crds.scrub_round set finished_at = clock_timestamp()
    where observatory = ${observatory} and round = ${round.round} and after_name = ${round.afterName}
      and finished_at is null`;
  return count === 1;
}

/** Begins the next round once the last one is over and began `hours` ago. */
export async function beginRound(sql: Sql, observatory: string, hours: number): Promise<boolean> {
  const { count } = await sql`
    update crds.scrub_round set round = round + 1, started_at = clock_timestamp(), finished_at = null, after_name = '',
      checked_files = 0, checked_bytes = 0, wrong_files = 0
    where observatory = ${observatory} and finished_at is not null
      and started_at + make_interval(secs => ${hours * 3600}) <= clock_timestamp()`;
  return count === 1;
}

/** Files that were never checked: a check that rests looks at these. */
export async function filesUnproven(sql: Sql, observatory: string, limit: number): Promise<Provable[]> {
  return await sql<Provable[]>`
    select f.observatory, f.name, f.kind, f.place, f.linked_path, f.size_bytes, f.sha1, f.sha256
    from crds.file f left join crds.file_proof p on p.observatory = f.observatory and p.name = f.name
    where f.observatory = ${observatory} and f.place in ('kept', 'linked') and p.name is null
    order by f.name limit ${limit}`;
}
