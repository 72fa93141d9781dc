import type { CatalogueFile } from '../catalogue/file.ts';
import { catalogueInstant } from './instants.ts';

/** One file as clients of CRDS know it (crds 13.2.7, `get_file_info`): every value a text in lower case. */
export type FileRecord = Readonly<Record<(typeof recordFields)[number], string>>;

export const recordFields = [
  'name',
  'uploaded_as',
  'type',
  'observatory',
  'instrument',
  'filekind',
  'size',
  'sha1sum',
  'state',
  'blacklisted',
  'rejected',
  'replaced_by_filename',
  'derived_from',
  'delivery_date',
  'activation_date',
  'useafter_date',
  'change_level',
  'creator_name',
  'deliverer_user',
  'deliverer_email',
  'description',
  'comment',
  'aperture',
  'pedigree',
  'reference_file_type',
  'history',
] as const;

/** The record of a file as clients know it (crds 13.2.7: `get_file_info`). */
export function fileRecord(file: CatalogueFile): FileRecord {
  const record: FileRecord = {
    name: file.name,
    uploaded_as: file.uploadedAs || file.name,
    type: file.kind,
    observatory: file.observatory,
    instrument: file.instrument ?? '',
    filekind: file.filekind ?? '',
    size: file.sizeBytes === null ? 'none' : String(file.sizeBytes),
    sha1sum: file.sha1 ?? 'none',
    state: file.state,
    blacklisted: String(file.blacklisted),
    rejected: String(file.rejected),
    replaced_by_filename: file.replacedBy,
    derived_from: file.derivedFrom || 'none',
    delivery_date: catalogueInstant(file.deliveredAt),
    activation_date: catalogueInstant(file.activatedAt),
    useafter_date: file.useafterAt,
    change_level: file.changeLevel,
    creator_name: file.creator,
    deliverer_user: file.deliverer,
    deliverer_email: file.delivererEmail,
    description: file.description,
    comment: file.comment || 'none',
    aperture: file.aperture || 'none',
    pedigree: file.pedigree,
    reference_file_type: file.referenceFileType,
    history: file.history,
  };
  const lowered: Record<string, string> = {};
  for (const field of recordFields) lowered[field] = record[field].toLowerCase();
  return lowered as FileRecord;
}
