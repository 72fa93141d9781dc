import type { ChangeLevel, NewFile } from '../catalogue/file.ts';
import { isFileName } from '../catalogue/file-name.ts';
import type { Expected } from '../import/place-file.ts';
import { isMappingName } from '../rules/names.ts';
import type { UpstreamInfo, UpstreamRecord } from './upstream.ts';

/** Files that the upstream server says it has, mappings first: name, and what its bytes are. */
export function filesOfUpstream(info: UpstreamInfo): Map<string, Expected> {
  const files = new Map<string, Expected>();
  for (const name of info.mappings) {
    if (isMappingName(name) && isFileName(name)) files.set(name, info.files.get(name) ?? {});
  }
  for (const [name, expected] of info.files) {
    if (!files.has(name) && !/\.[pir]map$/.test(name)) files.set(name, expected);
  }
  return files;
}

/** Characters of one text that are kept. */
const longestText = 100_000;

/** What the database takes of a text that somebody else wrote. */
function storable(text: string): string {
  return text.slice(0, longestText).replaceAll('\u0000', '').toWellFormed();
}

/** What the upstream catalogue says of a file, as ours keeps it. Its texts arrive in lower case (crds 13.2.7). */
export function newFileOf(name: string, expected: Expected, record: UpstreamRecord | undefined): NewFile {
  const text = (field: string): string => {
    const value = record?.[field];
    return typeof value !== 'string' || value === 'none' ? '' : storable(value);
  };
  const word = (field: string, form: RegExp): string => (form.test(text(field)) ? text(field) : '');
  const date = (field: string): Date | null => {
    const at = new Date(`${text(field).replace(' ', 'T')}Z`);
    const year = at.getUTCFullYear();
    return year >= 1 && year <= 9999 ? at : null;
  };
  // Both become parts of paths, in archives and in published folders.
  const instrument = word('instrument', /^[a-z][a-z0-9]{1,16}$/);
  const filekind = word('filekind', /^[a-z][a-z0-9-]{1,32}$/);
  return {
    name,
    sizeBytes: expected.sizeBytes ?? null,
    sha1: expected.sha1 ?? null,
    ...(instrument === '' ? {} : { instrument }),
    ...(filekind === '' ? {} : { filekind }),
    uploadedAs: text('uploaded_as'),
    derivedFrom: text('derived_from'),
    replacedBy: text('replaced_by_filename'),
    referenceFileType: text('reference_file_type'),
    changeLevel: changeLevelOf(text('change_level')),
    creator: text('creator_name'),
    deliverer: text('deliverer_user'),
    description: text('description'),
    comment: text('comment'),
    aperture: text('aperture'),
    pedigree: text('pedigree'),
    history: text('history'),
    useafterAt: text('useafter_date'),
    deliveredAt: date('delivery_date'),
    activatedAt: date('activation_date'),
  };
}

function changeLevelOf(text: string): ChangeLevel {
  return text === 'trivial' || text === 'moderate' || text === 'severe' ? text : '';
}
