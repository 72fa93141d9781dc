import { isFileName as isNameOfFile, parseMappingName, serialOf } from '../rules/names.ts';
import type { FileKind } from './file.ts';

/** What the name of a file says of it. */
export interface NameParts {
  kind: FileKind;
  instrument: string | null;
  filekind: string | null;
  /** -1 without one. */
  serial: number;
}

const reference =
  /^[a-z]{2,9}_([a-z][a-z0-9]{1,16})_([a-z][a-z0-9-]{1,32})(?:_[0-9]{1,15})?\.[a-z0-9]{1,12}$/;

/** Whether a file may be called this: a name that is safe as the last part of a path and hides nothing. */
export function isFileName(name: string): boolean {
  return isNameOfFile(name) && !name.startsWith('.');
}

export function isMappingFile(name: string): boolean {
  return /\.[pir]map$/.test(name);
}

/** Names in the style of CRDS say it all; of others (old HST names) only the kind is known. */
export function namePartsOf(name: string): NameParts {
  const serial = Math.min(serialOf(name), 0x7fffffff);
  if (isMappingFile(name)) {
    const { instrument = null, filekind = null } = parseMappingName(name) ?? {};
    return { kind: 'mapping', instrument, filekind, serial };
  }
  const [, instrument = null, filekind = null] = reference.exec(name) ?? [];
  return { kind: 'reference', instrument, filekind, serial };
}
