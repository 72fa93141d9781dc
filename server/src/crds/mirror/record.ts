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

/** What the upstream catalogue says of a file, as ours keeps it. Its texts arrive in lower case (crds 13.2.7). */
export function newFileOf(name: string, expected: Expected, record: UpstreamRecord | undefined): NewFile {
  const text = (field: string): string => {
    const value = record?.[field];
    return typeof value !== 'string' || value === 'none' ? '' : value;
  };
  const date = (field: string): Date | null => {
    const at = new Date(`${text(field).replace(' ', 'T')}Z`);
    return text(field) === '' || Number.isNaN(at.getTime()) ? null : at;
  };
  return {
    name,
    sizeBytes: expected.sizeBytes ?? null,
    sha1: expected.sha1 ?? null,
    ...(text('instrument') === '' ? {} : { instrument: text('instrument') }),
    ...(text('filekind') === '' ? {} : { filekind: text('filekind') }),
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
