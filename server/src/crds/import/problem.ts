/** Something that is wrong with one file of a folder. */
export interface Problem {
  /** `refused`: the file was left out. `warning`: it was taken, but somebody should look at it. */
  severity: 'refused' | 'warning';
  /** Relative to the folder, as it is there; may contain anything a file system allows. */
  path: string;
  /** From 1, where the contents are at fault. */
  line?: number;
  column?: number;
  message: string;
}

/** `hst_acs.imap:3:17: expected …`, in one line whatever the name contains. */
export function problemText({ path, line, column, message }: Problem): string {
  const place = line === undefined ? '' : `:${line}:${column ?? 1}`;
  return `${printable(path)}${place}: ${printable(message)}`;
}

/** A text from outside without line ends and other control characters, which a terminal would obey. */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (char) => `\\x${(char.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`,
  );
}
