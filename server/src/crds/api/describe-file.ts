import type { CrdsFile } from '@orrery/contracts/crds';
import type { FastifyRequest } from 'fastify';
import type { Core } from '../../core/core.ts';
import { absoluteUrl } from '../../core/http/index.ts';
import type { CatalogueFile } from '../catalogue/file.ts';
import { isFileName } from '../catalogue/file-name.ts';
import { fileOf } from '../catalogue/files.store.ts';
import { fileUnknown } from '../errors.ts';
import type { Observatory } from '../observatory/observatory.ts';
import { proofOf } from '../scrub/summary.ts';
import { operates } from './asked.ts';
import { rolesOf } from './context-list.store.ts';
import { apiFileRow, apiProof } from './file.wire.ts';
import { contextsLeadingTo, countUses } from './file-links.store.ts';

/**
 * The file, if the caller may see it: files of submissions that nobody has confirmed are for operators. Throws
 * `crds.file-unknown`.
 */
export async function fileSeen(
  core: Core,
  request: FastifyRequest,
  observatory: Observatory,
  name: string,
): Promise<CatalogueFile> {
  const file = isFileName(name) ? await fileOf(core.db.sql, observatory.observatory, name) : null;
  if (file === null || (file.state === 'uploaded' && !operates(request, observatory)))
    throw fileUnknown(observatory.observatory, name);
  return file;
}

/** Everything about a file. */
export async function describeFile(
  core: Core,
  request: FastifyRequest,
  observatory: Observatory,
  file: CatalogueFile,
): Promise<CrdsFile> {
  const { sql } = core.db;
  const { observatory: name } = observatory;
  const [contexts, { uses, usedBy }, proof] = await Promise.all([
    contextsLeadingTo(sql, observatory, file.name),
    countUses(sql, name, file.name),
    proofOf(sql, name, file.name),
  ]);
  return {
    ...apiFileRow(file),
    observatory: name,
    serial: file.serial < 0 ? null : file.serial,
    stateSince: file.stateSince.toISOString(),
    sha256: file.sha256,
    uploadedAs: file.uploadedAs,
    derivedFrom: file.derivedFrom,
    replacedBy: file.replacedBy,
    referenceFileType: file.referenceFileType,
    creator: file.creator,
    delivererEmail: operates(request, observatory) ? file.delivererEmail : '',
    comment: file.comment,
    aperture: file.aperture,
    pedigree: file.pedigree,
    history: file.history,
    roles: rolesOf(file.name, observatory),
    uses,
    usedBy,
    contexts,
    proof: proof === null ? null : apiProof(proof, operates(request, observatory)),
    downloadUrl: downloadUrlOf(request, file),
    acts: { markBad: operates(request, observatory) },
  };
}

function downloadUrlOf(request: FastifyRequest, file: CatalogueFile): string | null {
  if (file.state === 'uploaded' || file.place === 'absent') return null;
  const folder = file.kind === 'mapping' ? 'mappings' : 'references';
  const { observatory, name } = file;
  return absoluteUrl(
    request,
    `/crds/${observatory}/unchecked_get/${folder}/${observatory}/${encodeURIComponent(name)}`,
  );
}
