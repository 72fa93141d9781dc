import { readCsv } from '../csv.ts';
import { type Column, cellText, plainColumn, type TableModel, tableInMemory } from './table-model.ts';

const maxColumns = 1000;
const maxRows = 200_000;

/**
 * A table of comma-, tab-, semicolon- or bar-separated text. Lines that begin with # stand before the table; those of
 * ECSV (Astropy) give units and descriptions. `whole` is false when the text was cut: the last row is then left out,
 * because it may be half a row.
 */
export function readCsvTable(text: string, whole: boolean): TableModel {
  const { comments, body } = withoutComments(text.replace(/^\ufeff/, ''));
  const ecsv = ecsvColumns(comments);
  const separator = ecsv?.separator ?? separatorOf(body);
  const read = readCsv(body, maxRows + 2, separator);
  const [head = [], ...rest] = read;
  if (!whole && rest.length > 0 && read.length < maxRows + 2) rest.pop();
  const rows = rest.filter((row) => row.length > 1 || row[0] !== '').slice(0, maxRows);
  const width = Math.min(
    maxColumns,
    rows.slice(0, 1000).reduce((most, row) => Math.max(most, row.length), head.length),
  );
  const columns = Array.from({ length: width }, (_, at): Column => {
    const name = head[at]?.trim() || `column ${at + 1}`;
    return plainColumn(cellText(name), { numeric: isNumeric(rows, at), ...ecsv?.columns.get(name) });
  });
  const cut = whole && rest.length <= maxRows ? null : 'only the first part of the file has been read';
  return tableInMemory(
    columns,
    rows.map((row) => row.slice(0, width).map(cellText)),
    cut,
  );
}

function withoutComments(text: string): { comments: string[]; body: string } {
  const comments: string[] = [];
  let at = 0;
  while (text[at] === '#' && comments.length < 10_000) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end < 0 ? text.length : end).trimEnd();
    // A file whose only # line is its list of names.
    if (comments.length === 0 && /^#\s*\w+\s*[,\t;|]\s*\w+/.test(line))
      return { comments, body: text.slice(1).trimStart() };
    comments.push(line);
    at = end < 0 ? text.length : end + 1;
  }
  return { comments, body: text.slice(at) };
}

/** What most evenly divides the first lines. */
function separatorOf(body: string): string {
  const lines = body.slice(0, 20_000).split('\n').slice(0, 10);
  const scores = [',', '\t', ';', '|'].map((separator) => {
    const counts = lines.filter((line) => line.trim() !== '').map((line) => line.split(separator).length - 1);
    const least = Math.min(...counts, 1000);
    return { separator, score: counts.length === 0 ? 0 : least };
  });
  return scores.reduce((best, each) => (each.score > best.score ? each : best)).separator;
}

function isNumeric(rows: readonly string[][], at: number): boolean {
  let any = false;
  for (const row of rows.slice(0, 200)) {
    const cell = row[at]?.trim() ?? '';
    if (cell === '' || /^(nan|null|--)$/i.test(cell)) continue;
    if (!Number.isFinite(Number(cell))) return false;
    any = true;
  }
  return any;
}

/** The columns of an ECSV header: `# - {name: ra, unit: deg, datatype: float64, description: …}`. */
function ecsvColumns(comments: readonly string[]) {
  if (!/^#\s*%ECSV/.test(comments[0] ?? '')) return undefined;
  const columns = new Map<string, Partial<Column>>();
  const field = (line: string, key: string) =>
    new RegExp(`[{,]\\s*${key}: *('[^']{0,300}'|"[^"]{0,300}"|[^,}]{0,300})`)
      .exec(line)?.[1]
      ?.trim()
      .replace(/^['"]|['"]$/g, '');
  let separator = ' ';
  for (const line of comments) {
    const given = /^# delimiter: *['"]?(.)/.exec(line)?.[1];
    if (given !== undefined) separator = given;
    const name = line.startsWith('# - {') ? field(line, 'name') : undefined;
    if (name === undefined) continue;
    const [unit = '', type = '', description = ''] = ['unit', 'datatype', 'description'].map((key) =>
      field(line, key),
    );
    columns.set(name, { unit, type, description });
  }
  return { columns, separator };
}
