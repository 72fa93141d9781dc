/**
 * Reads separated text (RFC 4180: quotes, doubled quotes, line breaks in quotes), at most `most` rows. Without a
 * separator it is a tab when the first line holds one, else a comma.
 */
export function readCsv(text: string, most = 1000, given?: string): string[][] {
  const separator = given ?? (text.split('\n', 1)[0]?.includes('\t') === true ? '\t' : ',');
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length && rows.length < most) {
    const field = text[at] === '"' ? quotedField(text, at + 1, separator) : plainField(text, at, separator);
    row.push(field.value);
    at = field.end;
    if (text[at] === separator) {
      at += 1;
      if (at < text.length) continue;
      row.push('');
    } else if (text[at] === '\r') at += 1;
    if (text[at] === '\n') at += 1;
    rows.push(row);
    row = [];
  }
  return rows;
}

function plainField(text: string, from: number, separator: string): { value: string; end: number } {
  let end = from;
  while (end < text.length && text[end] !== separator && text[end] !== '\n') end += 1;
  const value = text.slice(from, end);
  return { value: value.includes('\r') ? value.replaceAll('\r', '') : value, end };
}

function quotedField(text: string, from: number, separator: string): { value: string; end: number } {
  let value = '';
  let at = from;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return { value: value + text.slice(at), end: text.length };
    value += text.slice(at, quote);
    at = quote + 1;
    if (text[at] !== '"') break;
    value += '"';
    at += 1;
  }
  // Text after the closing quote is no CSV; it is kept rather than lost.
  const rest = plainField(text, at, separator);
  return { value: value + rest.value, end: rest.end };
}
