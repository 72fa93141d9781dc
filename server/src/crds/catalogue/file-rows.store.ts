import type { Tx } from '../../core/db/index.ts';
import type { NewFile } from './file.ts';
import { namePartsOf } from './file-name.ts';

/** As `jsonb_to_recordset` takes it; NUL and broken surrogates cannot be stored and carry nothing. */
function rowOf(file: NewFile) {
  const parts = namePartsOf(file.name);
  const text = (value: string | undefined) => (value ?? '').replaceAll('\u0000', '').toWellFormed();
  return {
    name: file.name,
    kind: file.kind ?? parts.kind,
    instrument: file.instrument === undefined ? parts.instrument : file.instrument,
    filekind: file.filekind === undefined ? parts.filekind : file.filekind,
    serial: file.serial ?? parts.serial,
    state: file.state ?? 'archived',
    rejected: file.rejected ?? false,
    bad_reason: text(file.badReason),
    fault: text(file.fault),
    size_bytes: file.sizeBytes ?? null,
    sha1: file.sha1 ?? null,
    sha256: file.sha256 ?? null,
    place: file.place ?? 'absent',
    linked_path: file.linkedPath ?? null,
    uploaded_as: text(file.uploadedAs),
    derived_from: text(file.derivedFrom),
    replaced_by: text(file.replacedBy),
    reference_file_type: text(file.referenceFileType),
    change_level: file.changeLevel ?? '',
    creator: text(file.creator),
    deliverer: text(file.deliverer),
    deliverer_email: text(file.delivererEmail),
    description: text(file.description),
    comment: text(file.comment),
    aperture: text(file.aperture),
    pedigree: text(file.pedigree),
    history: text(file.history),
    useafter_at: text(file.useafterAt),
    delivered_at: file.deliveredAt ?? null,
    activated_at: file.activatedAt ?? null,
  };
}

/** What became of one row; one that was known so already has none. */
export interface StoredRow {
  name: string;
  outcome: 'added' | 'completed' | 'different';
}

/** Texts that are completed when they were empty. */
const texts = [
  'uploaded_as',
  'derived_from',
  'replaced_by',
  'reference_file_type',
  'change_level',
  'creator',
  'deliverer',
  'deliverer_email',
  'description',
  'comment',
  'aperture',
  'pedigree',
  'history',
  'useafter_at',
  'fault',
] as const;
/** What is unknown as null. */
const unknowns = [
  'instrument',
  'filekind',
  'size_bytes',
  'sha1',
  'sha256',
  'delivered_at',
  'activated_at',
] as const;
const columns = [
  'name',
  'kind',
  'serial',
  'state',
  'rejected',
  'bad_reason',
  'place',
  'linked_path',
  ...unknowns,
  ...texts,
] as const;
const types: Readonly<Record<string, string>> = {
  serial: 'int',
  rejected: 'boolean',
  size_bytes: 'bigint',
  delivered_at: 'timestamptz',
  activated_at: 'timestamptz',
};
/** A file comes nearer, it does not go away by being brought again. */
const nearness = (of: string) => `array_position('{absent,upstream,linked,kept}', ${of}.place)`;

/** Columns that are completed, and their values when `f` is known and another row is brought. */
function completedBy(brought: string): ReadonlyArray<readonly [column: string, value: string]> {
  const isNearer = `(${nearness(brought)} > ${nearness('f')} or (${brought}.place = 'linked' and f.place = 'linked'))`;
  return [
    ...unknowns.map((column) => [column, `coalesce(f.${column}, ${brought}.${column})`] as const),
    ...texts.map(
      (column) =>
        [column, `case when f.${column} = '' then ${brought}.${column} else f.${column} end`] as const,
    ),
    ...['place', 'linked_path'].map(
      (column) => [column, `case when ${isNearer} then ${brought}.${column} else f.${column} end`] as const,
    ),
  ];
}

const record = columns.map((column) => `${column} ${types[column] ?? 'text'}`).join(', ');
const assignments = completedBy('excluded')
  .map(([column, value]) => `${column} = ${value}`)
  .join(', ');
const formerValues = completedBy('b')
  .map(([column]) => `f.${column}`)
  .join(', ');
const newValues = completedBy('b')
  .map(([, value]) => value)
  .join(', ');

/**
 * Writes the rows of files that are new or of which more is known now; the caller holds the lock of the observatory.
 * Rows that say nothing new are not touched at all: bringing a whole catalogue again costs reading it.
 */
export async function storeRows(
  tx: Tx,
  observatory: string,
  files: readonly NewFile[],
): Promise<StoredRow[]> {
  const names = tx.unsafe(columns.join(', '));
  return await tx<StoredRow[]>`
    with brought as (
      select * from jsonb_to_recordset(${JSON.stringify(files.map(rowOf))}::text::jsonb) as b(${tx.unsafe(record)})),
    judged as materialized (
      select b.*, case
          when f.name is null then 'added'
          when f.sha1 <> b.sha1 or f.sha256 <> b.sha256 or f.size_bytes <> b.size_bytes then 'different'
          when (${tx.unsafe(formerValues)}) is distinct from (${tx.unsafe(newValues)}) then 'completed'
        end as outcome
      from brought b left join crds.file f on f.observatory = ${observatory} and f.name = b.name),
    stored as (
      insert into crds.file as f (observatory, ${names})
      select ${observatory}, ${names} from judged where outcome in ('added', 'completed')
      on conflict (observatory, name) do update set ${tx.unsafe(assignments)})
    select name, outcome from judged where outcome is not null`;
}
