/** Why a file name or glob may not be a result; null = it may. A result lies below the job's own folder. */
export function fileNameFault(file: string): string | null {
  if (file.startsWith('/')) return 'A result lies in the folder of its job; the name begins with "/".';
  if (file.split('/').some((part) => part === '..' || part === '.' || part === '')) {
    return 'The name holds an empty part, "." or "..".';
  }
  if (file.split('/').some((part) => part.startsWith('.')))
    return 'Names that begin with a dot are not collected.';
  if (/[\0-\x1f\x7f\\]/.test(file)) return 'The name holds a control character or a backslash.';
  if (Buffer.byteLength(file) > 255) return 'The name is longer than 255 bytes.';
  return null;
}
