/** Reads comma- or tab-separated text (RFC 4180: quotes, doubled quotes, line breaks in quotes), at most `most` rows. */
export function readCsv(text: string, most = 1000): string[][] {
  const separator = text.split('\n', 1)[0]?.includes('\t') === true ? '\t' : ',';
  const rows: string[][] = [];
  let row: string[] = [];
  let field = '';
  let quoted = false;
  const endField = () => {
    row.push(field);
    field = '';
  };
  for (let at = 0; at < text.length && rows.length < most; at += 1) {
    const char = text[at];
    if (quoted) {
      if (char !== '"') field += char;
      else if (text[at + 1] === '"') {
        field += '"';
        at += 1;
      } else quoted = false;
    } else if (char === '"' && field === '') quoted = true;
    else if (char === separator) endField();
    else if (char === '\n') {
      endField();
      rows.push(row);
      row = [];
    } else if (char !== '\r') field += char;
  }
  if (rows.length < most && (field !== '' || row.length > 0)) {
    endField();
    rows.push(row);
  }
  return rows;
}
