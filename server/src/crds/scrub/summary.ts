import type { Sql } from '../../core/db/index.ts';
import type { ProofResult } from '../catalogue/proof.store.ts';
import { countOrphans } from './orphans.ts';
import { roundOf } from './round.store.ts';

/** Is every file sound, proven when. */
export interface ScrubSummary {
  state: 'good' | 'partial' | 'bad';
  /** One sentence for people. */
  message: string;
  /** Every file was read and found sound at this time or later; null while that is not so. */
  provenAt: Date | null;
  /** Files whose bytes are here, and their bytes. */
  files: number;
  bytes: number;
  sound: number;
  /** Found damaged, missing or not readable. */
  problems: number;
  /** Never read since they came. */
  unread: number;
  /** Known by name, with no bytes anywhere that is known. */
  absent: number;
  /** Only the upstream server has them. */
  upstream: number;
  /** Files in linked and published folders that the catalogue does not know. */
  orphans: number;
  round: { startedAt: Date; finishedAt: Date | null; files: number; bytes: number; expectedAt: Date | null };
}

interface Sums {
  files: number;
  bytes: number;
  sound: number;
  problems: number;
  unread: number;
  absent: number;
  upstream: number;
  oldest: Date | null;
}

/** What a check that never ends knows of the files of an observatory. */
export async function scrubSummary(sql: Sql, observatory: string, now = new Date()): Promise<ScrubSummary> {
  const [row] = await sql<Sums[]>`
    select count(*) filter (where here) as files,
      coalesce(sum(f.size_bytes) filter (where here), 0)::bigint as bytes,
      count(*) filter (where here and p.result = 'sound') as sound,
      count(*) filter (where here and p.result <> 'sound') as problems,
      count(*) filter (where here and p.result is null) as unread,
      count(*) filter (where f.place = 'absent') as absent, count(*) filter (where f.place = 'upstream') as upstream,
      min(p.sound_at) filter (where here and p.result = 'sound') as oldest
    from crds.file f cross join lateral (select f.place in ('kept', 'linked')) h(here)
    left join crds.file_proof p on p.observatory = f.observatory and p.name = f.name
    where f.observatory = ${observatory}`;
  const sums = row as Sums;
  const round = await roundOf(sql, observatory);
  const { oldest, ...counts } = sums;
  const isProven = sums.problems === 0 && sums.unread === 0 && sums.files > 0;
  return {
    ...counts,
    ...judgement(sums),
    provenAt: isProven ? oldest : null,
    orphans: await countOrphans(sql, observatory),
    round: {
      startedAt: round.startedAt,
      finishedAt: round.finishedAt,
      files: round.checkedFiles,
      bytes: round.checkedBytes,
      expectedAt: expectedEnd(round, sums.files, now),
    },
  };
}

function judgement(sums: Sums): Pick<ScrubSummary, 'state' | 'message'> {
  const { files, problems, unread, sound, oldest } = sums;
  if (files === 0) return { state: 'good', message: 'There are no files here to check.' };
  if (problems > 0) {
    return {
      state: problems === files ? 'bad' : 'partial',
      message: `${counted(problems, 'file is', 'files are')} damaged or missing, of ${files}.`,
    };
  }
  if (unread > 0) {
    return {
      state: 'good',
      message: `${sound} of ${files} files are proven; the others have not been read yet.`,
    };
  }
  const since =
    oldest === null
      ? ''
      : `, the oldest proof is of ${oldest.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return { state: 'good', message: `All ${files} files are proven${since}.` };
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

function expectedEnd(
  round: { startedAt: Date; finishedAt: Date | null; checkedFiles: number },
  files: number,
  now: Date,
): Date | null {
  if (round.finishedAt !== null || round.checkedFiles === 0) return null;
  const share = Math.min(1, round.checkedFiles / Math.max(1, files));
  const elapsedMs = now.getTime() - round.startedAt.getTime();
  return new Date(round.startedAt.getTime() + elapsedMs / share);
}

/** A file that is not what it should be, and what mends it. */
export interface WrongFile {
  name: string;
  result: Exclude<ProofResult, 'sound'>;
  found: string;
  place: 'kept' | 'linked';
  linkedPath: string | null;
  since: Date;
  checkedAt: Date;
  /** When it was last sound; null when it never was since it is checked. */
  soundAt: Date | null;
  next: string;
}

/** By name, those after `after` first. `hasUpstream`: whether another server has the files too. */
export async function wrongFiles(
  sql: Sql,
  observatory: string,
  { after = '', limit, hasUpstream }: { after?: string; limit: number; hasUpstream: boolean },
): Promise<WrongFile[]> {
  const rows = await sql<Array<Omit<WrongFile, 'next'> & { kind: string }>>`
    select f.name, p.result, p.found, f.place, f.linked_path, f.kind, p.wrong_since as since, p.checked_at, p.sound_at
    from crds.file_proof p join crds.file f on f.observatory = p.observatory and f.name = p.name
    where p.observatory = ${observatory} and p.result <> 'sound' and f.place in ('kept', 'linked') and f.name > ${after}
    order by f.name limit ${limit}`;
  return rows.map(({ kind, ...row }) => ({ ...row, next: nextStep(row, kind, observatory, hasUpstream) }));
}

function nextStep(
  { result, place }: Pick<WrongFile, 'result' | 'place'>,
  kind: string,
  observatory: string,
  hasUpstream: boolean,
): string {
  if (result === 'unreadable')
    return 'Let the account of the server read the file; it is looked at again by itself.';
  if (kind === 'mapping') return 'Import the mapping again, or restore the database from a backup.';
  if (hasUpstream) {
    return `It can be fetched again: orrery crds verify --observatory ${observatory} --mend.`;
  }
  return place === 'linked'
    ? 'Put the file back where it was, or import a folder that has it; then it is proven again.'
    : `Import a folder that has it: orrery crds import FOLDER --observatory ${observatory} --references copy.`;
}

/** What is known of one file; null when it was never read. */
export async function proofOf(
  sql: Sql,
  observatory: string,
  name: string,
): Promise<{ result: ProofResult; found: string; checkedAt: Date; soundAt: Date | null } | null> {
  const [proof] = await sql<{ result: ProofResult; found: string; checkedAt: Date; soundAt: Date | null }[]>`
    select result, found, checked_at, sound_at from crds.file_proof
    where observatory = ${observatory} and name = ${name}`;
  return proof ?? null;
}
