import type { Sql } from '../../core/db/index.ts';
import { closureQuery } from '../catalogue/closure.store.ts';
import type { ObservatorySettings } from '../observatory/observatory-settings.ts';
import { contextRefused } from './errors.ts';

/** How many files of some sort, and the first few of them. */
interface Some {
  count: number;
  first: string[];
}

/** What a context leads to, and what keeps it from use. */
export interface ContextMembers {
  mappings: number;
  references: number;
  /** Mappings that are named, but not in the catalogue. */
  missing: Some;
  /** References that only rules name: the catalogue does not have them. */
  unknown: Some;
  /** Marked bad, or using a mapping that is. */
  bad: Some;
  /** Mappings whose rules cannot be used. */
  unusable: Some;
  /** Of a submission that nobody has confirmed. */
  unconfirmed: Some;
  /** Confirmed, not yet handed to the archive. */
  undelivered: Some;
  /** Handed over, not yet kept by the archive. */
  unarchived: Some;
}

const shown = 5;

/** Every file that a context leads to, looked at in one statement. */
export async function membersOf(sql: Sql, observatory: string, context: string): Promise<ContextMembers> {
  const rows = await sql<{ sort: string; count: number; first: string[] }[]>`
    with recursive ${closureQuery(sql, observatory, context)},
    member as (
      select r.name, case
          when f.name is null then case when r.name ~ '\\.[pir]map$' then 'missing' else 'unknown' end
          when f.state = 'uploaded' then 'unconfirmed'
          when f.rejected or f.blacklisted then 'bad'
          when f.fault <> '' then 'unusable'
          when f.state = 'submitted' then 'undelivered'
          when f.state in ('delivered', 'archiving', 'archiving-failed') then 'unarchived'
        end as sort
      from reached r left join crds.file f on f.observatory = ${observatory} and f.name = r.name)
    select sort, count(*) as count, (array_agg(name order by name))[1:${shown}] as first
    from member where sort is not null group by sort
    union all
    select case when name ~ '\\.[pir]map$' then 'mappings' else 'references' end, count(*), '{}' from member group by 1`;
  const some = (sort: string): Some => rows.find((row) => row.sort === sort) ?? { count: 0, first: [] };
  return {
    mappings: some('mappings').count,
    references: some('references').count,
    missing: some('missing'),
    unknown: some('unknown'),
    bad: some('bad'),
    unusable: some('unusable'),
    unconfirmed: some('unconfirmed'),
    undelivered: some('undelivered'),
    unarchived: some('unarchived'),
  };
}

/** Throws `crds.context-refused` when a context cannot be used, with every reason. */
export function checkMembers(
  context: string,
  members: ContextMembers,
  { filesMustBe, unknownReferences }: ObservatorySettings['contexts'],
): void {
  const reasons: Array<[Some, string]> = [
    [members.missing, 'not in the catalogue'],
    [members.bad, 'marked bad or using a bad mapping'],
    [members.unusable, 'a mapping whose rules cannot be used'],
    [members.unconfirmed, 'of a submission that is not confirmed'],
  ];
  if (!unknownReferences) reasons.push([members.unknown, 'not in the catalogue']);
  if (filesMustBe !== 'submitted') reasons.push([members.undelivered, 'not yet delivered to the archive']);
  if (filesMustBe === 'archived') reasons.push([members.unarchived, 'not yet in the archive']);
  const present = reasons.filter(([some]) => some.count > 0);
  if (present.length === 0) return;
  const sentences = present.map(([some, what]) => `${describe(some)} ${what}`);
  throw contextRefused(
    `${context} is refused: ${sentences.join('; ')}.`,
    { files: present.flatMap(([some]) => some.first) },
    'Make a context without these files, or bring them in order, and set it again.',
  );
}

function describe({ count, first }: Some): string {
  const more = count > first.length ? ` and ${count - first.length} more` : '';
  return `${first.join(', ')}${more} ${count === 1 ? 'is' : 'are'}`;
}
