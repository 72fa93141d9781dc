import { claimedKind, kindWords } from './kind.ts';

/** What a file is, in a word or two: `FITS`, `table, text/csv`. */
export function kindOfName(file: { fileName: string; mediaType: string; preview?: string | null }): string {
  const kind = file.preview === 'histogram' ? 'histogram' : claimedKind(file.mediaType, file.fileName);
  const type = file.mediaType.split(';')[0] ?? '';
  if (kind === null) return type;
  return type === '' ? kindWords[kind] : `${kindWords[kind]}, ${type}`;
}
