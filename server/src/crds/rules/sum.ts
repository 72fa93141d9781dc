import { hash } from 'node:crypto';

/** Text with its line ends as `\n`, as Python reads text files. */
export function withUnixLines(text: string): string {
  return text.includes('\r') ? text.replaceAll(/\r\n?/g, '\n') : text;
}

/**
 * The checksum that a mapping states about itself (crds 13.2.7): SHA-1 in hexadecimal of its text in UTF-8 without the
 * lines that contain `sha1sum`.
 */
export function sumOf(text: string): string {
  const source = withUnixLines(text);
  let kept = '';
  let from = 0;
  for (;;) {
    const at = source.indexOf('sha1sum', from);
    if (at < 0) break;
    kept += source.slice(from, lineStart(source, at, from));
    from = nextLine(source, at);
  }
  return hash('sha1', kept + source.slice(from), 'hex');
}

function lineStart(text: string, at: number, from: number): number {
  let start = at;
  while (start > from && !endsLine(text.charCodeAt(start - 1))) start--;
  return start;
}

function nextLine(text: string, at: number): number {
  let end = at;
  while (end < text.length && !endsLine(text.charCodeAt(end))) end++;
  return Math.min(end + 1, text.length);
}

/** Where Python's `splitlines` ends a line. */
function endsLine(code: number): boolean {
  if (code < 0x80) return (code >= 0x0a && code <= 0x0c) || (code >= 0x1c && code <= 0x1e);
  return code === 0x85 || code === 0x2028 || code === 0x2029;
}
