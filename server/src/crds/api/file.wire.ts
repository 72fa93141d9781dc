import type { CrdsFileProof, CrdsFileRow } from '@orrery/contracts/crds';
import type { CatalogueFile } from '../catalogue/file.ts';

export function instantOrNull(time: Date | null): string | null {
  return time === null ? null : time.toISOString();
}

/** What lists show of a file. */
export function apiFileRow(file: CatalogueFile): CrdsFileRow {
  return {
    name: file.name,
    kind: file.kind,
    instrument: file.instrument,
    type: file.filekind,
    state: file.state,
    place: file.place,
    rejected: file.rejected,
    blacklisted: file.blacklisted,
    badReason: file.badReason,
    fault: file.fault,
    sizeBytes: file.sizeBytes,
    sha1: file.sha1,
    useAfter: file.useafterAt,
    changeLevel: file.changeLevel,
    description: file.description,
    deliverer: file.deliverer,
    deliveredAt: instantOrNull(file.deliveredAt),
    activatedAt: instantOrNull(file.activatedAt),
    addedAt: file.addedAt.toISOString(),
  };
}

/** Whether the bytes were what the catalogue says when they were last read; operators are told what was found. */
export function apiProof(
  proof: { result: string; found: string; checkedAt: Date },
  isOperator: boolean,
): CrdsFileProof {
  const isSound = proof.result === 'sound';
  return {
    state: isSound ? 'sound' : 'broken',
    at: proof.checkedAt.toISOString(),
    problem: isSound ? null : proof.found === '' || !isOperator ? proof.result : proof.found,
  };
}
