import { type Column, cellText, plainColumn, type TableModel, tableInMemory } from './table-model.ts';
import { binaryRows } from './votable-binary.ts';
import { decodeXml, localName, scanXml, type XmlPiece } from './xml-scan.ts';

export interface Field extends Column {
  datatype: string;
  /** As the file says it: empty, a number, `*`, `8*`, `2x3`. */
  arraysize: string;
}

export interface VoTable {
  name: string;
  description: string;
  table: TableModel;
}

export interface VoTableFile {
  tables: VoTable[];
  /** What the service said of the query: OK, OVERFLOW, ERROR with its sentence; null when nothing. */
  status: string | null;
}

const maxTables = 50;
const maxFields = 2000;
const maxRows = 200_000;
const maxCells = 4_000_000;

interface Draft {
  name: string;
  description: string;
  fields: Field[];
  rows: string[][];
  problem: string | null;
  /** Rows the table says it has; null when it does not. */
  claimed: number | null;
}

interface Reading {
  drafts: Draft[];
  status: string | null;
  draft: Draft | undefined;
  row: string[] | undefined;
  cell: string | null;
  stream: { encoding: string; binary2: boolean; text: string } | undefined;
  description: string | null;
  field: Field | undefined;
  data: string;
  cells: number;
}

/**
 * The tables of a VOTable (IVOA VOTable 1.5): TABLEDATA, and BINARY and BINARY2 in base64. `whole` is false when the
 * text was cut; then the rows up to there are given. Never throws for what the text holds.
 */
export function readVoTable(text: string, whole: boolean): VoTableFile {
  const reading: Reading = {
    drafts: [],
    status: null,
    draft: undefined,
    row: undefined,
    cell: null,
    stream: undefined,
    description: null,
    field: undefined,
    data: '',
    cells: 0,
  };
  for (const piece of scanXml(text)) {
    if (piece.kind === 'open') {
      opened(reading, localName(piece.name), piece.attributes);
      if (piece.closed) closed(reading, localName(piece.name), whole);
    } else if (piece.kind === 'close') closed(reading, localName(piece.name), whole);
    else addText(reading, piece);
  }
  if (reading.stream !== undefined) closed(reading, 'STREAM', whole);
  return { tables: reading.drafts.map((draft) => finished(draft, whole)), status: reading.status };
}

function addText(reading: Reading, piece: XmlPiece & { text: string }): void {
  const cdata = piece.kind === 'other';
  if (cdata && !piece.text.startsWith('<![CDATA[')) return;
  const text = cdata ? piece.text.slice(9, -3) : piece.text;
  if (reading.cell !== null) reading.cell += cdata ? text : decodeXml(text);
  else if (reading.stream !== undefined) reading.stream.text += text;
  else if (reading.description !== null) reading.description += decodeXml(text);
}

function opened(reading: Reading, name: string, attributes: Map<string, string>): void {
  const { draft } = reading;
  if (name === 'TR') reading.row = [];
  else if (name === 'TD') reading.cell = '';
  else if (name === 'TABLE') startTable(reading, attributes);
  else if (name === 'FIELD' && draft !== undefined && draft.fields.length < maxFields) {
    reading.field = fieldOf(attributes, draft.fields.length);
    draft.fields.push(reading.field);
  } else if (name === 'DESCRIPTION') reading.description = '';
  else if (name === 'INFO' && attributes.get('name') === 'QUERY_STATUS')
    reading.status = attributes.get('value') ?? null;
  else if (name === 'BINARY' || name === 'BINARY2' || name === 'FITS' || name === 'PARQUET')
    reading.data = name;
  else if (name === 'STREAM' && draft !== undefined) {
    if (attributes.has('href')) draft.problem = 'its rows stand in another file, which is not fetched';
    else if (reading.data === 'FITS' || reading.data === 'PARQUET')
      draft.problem = `its rows stand in the table as ${reading.data}, which is not shown`;
    else
      reading.stream = {
        encoding: attributes.get('encoding') ?? '',
        binary2: reading.data === 'BINARY2',
        text: '',
      };
  }
}

function startTable(reading: Reading, attributes: Map<string, string>): void {
  reading.draft = undefined;
  if (reading.drafts.length >= maxTables) return;
  const nrows = Number(attributes.get('nrows') ?? Number.NaN);
  reading.draft = {
    name: attributes.get('name') ?? attributes.get('ID') ?? `table ${reading.drafts.length + 1}`,
    description: '',
    fields: [],
    rows: [],
    problem: null,
    claimed: Number.isSafeInteger(nrows) && nrows >= 0 ? nrows : null,
  };
  reading.drafts.push(reading.draft);
}

function closed(reading: Reading, name: string, whole: boolean): void {
  const { draft } = reading;
  if (name === 'TD') {
    if (reading.cell !== null && (reading.row?.length ?? maxFields) < maxFields)
      reading.row?.push(cellText(reading.cell));
    reading.cell = null;
  } else if (name === 'TR') {
    if (draft !== undefined && reading.row !== undefined) {
      reading.cells += reading.row.length + 1;
      if (draft.rows.length < maxRows && reading.cells < maxCells) draft.rows.push(reading.row);
      else draft.problem = 'only its first rows are shown';
    }
    reading.row = undefined;
  } else if (name === 'FIELD') reading.field = undefined;
  else if (name === 'DESCRIPTION') endDescription(reading);
  else if (name === 'STREAM') endStream(reading, whole);
  else if (name === 'TABLE') reading.draft = undefined;
}

function endDescription(reading: Reading): void {
  const text = cellText(reading.description ?? '');
  reading.description = null;
  if (reading.field !== undefined) reading.field.description = text;
  else if (reading.draft !== undefined && reading.draft.fields.length === 0) reading.draft.description = text;
}

function endStream(reading: Reading, whole: boolean): void {
  const { draft, stream } = reading;
  reading.stream = undefined;
  if (draft === undefined || stream === undefined) return;
  if (stream.encoding !== 'base64') {
    draft.problem = `its rows are encoded as ${stream.encoding || 'plain bytes'}, which is not shown`;
    return;
  }
  const read = binaryRows(stream.text, draft.fields, stream.binary2, maxRows, maxCells - reading.cells);
  draft.rows.push(...read.rows.slice(0, maxRows));
  reading.cells += read.rows.length * draft.fields.length;
  if (read.problem !== null && whole) draft.problem = read.problem;
}

const numbers = ['unsignedByte', 'short', 'int', 'long', 'float', 'double'];

function fieldOf(attributes: Map<string, string>, at: number): Field {
  const datatype = attributes.get('datatype') ?? '';
  const arraysize = (attributes.get('arraysize') ?? '').trim();
  const column = plainColumn(cellText(attributes.get('name') ?? attributes.get('ID') ?? `column ${at + 1}`), {
    type: arraysize === '' || arraysize === '1' ? datatype : `${datatype}[${arraysize}]`,
    unit: cellText(attributes.get('unit') ?? ''),
    ucd: cellText(attributes.get('ucd') ?? ''),
    numeric: numbers.includes(datatype) && (arraysize === '' || arraysize === '1'),
  });
  return { ...column, datatype, arraysize };
}

function finished(draft: Draft, whole: boolean): VoTable {
  const { name, description, fields, rows, problem, claimed } = draft;
  const short =
    whole && (claimed === null || rows.length >= claimed)
      ? null
      : 'only the first part of the file has been read';
  return { name: cellText(name), description, table: tableInMemory(fields, rows, problem ?? short) };
}
