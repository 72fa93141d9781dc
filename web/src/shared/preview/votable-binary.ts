import { cellText, doubleText, floatText, listText } from './table-model.ts';
import type { Field } from './votable.ts';

/** Bytes of one element; bit fields are counted in bits. */
const sizes: Record<string, number> = {
  boolean: 1,
  bit: 0.125,
  unsignedByte: 1,
  short: 2,
  int: 4,
  long: 8,
  char: 1,
  unicodeChar: 2,
  float: 4,
  double: 8,
  floatComplex: 8,
  doubleComplex: 16,
};

interface Cursor {
  view: DataView;
  at: number;
}

/** Rows of a BINARY or BINARY2 stream (VOTable 1.5, sections 5.4 and 6). A row that is cut off is left out. */
export function binaryRows(
  base64: string,
  fields: readonly Field[],
  binary2: boolean,
  maxRows: number,
  maxCells: number,
): { rows: string[][]; problem: string | null } {
  const unknown = fields.find((field) => sizes[field.datatype] === undefined);
  if (unknown !== undefined)
    return {
      rows: [],
      problem: `column ${unknown.name} has the type ${unknown.datatype}, which no VOTable has`,
    };
  if (fields.length === 0) return { rows: [], problem: 'it has rows but no columns' };
  const bytes = fromBase64(base64);
  const cursor = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), at: 0 };
  const rows: string[][] = [];
  const most = Math.min(maxRows, Math.floor(maxCells / fields.length));
  while (cursor.at < bytes.length) {
    if (rows.length >= most) return { rows, problem: 'only its first rows are shown' };
    const before = cursor.at;
    const row = readRow(cursor, fields, binary2);
    if (row === null) return { rows, problem: 'its last row is cut off' };
    // Every column may be of length 0 in a hostile file; then nothing would ever be read.
    if (cursor.at === before) return { rows, problem: 'its columns hold no bytes' };
    rows.push(row);
  }
  return { rows, problem: null };
}

function readRow(cursor: Cursor, fields: readonly Field[], binary2: boolean): string[] | null {
  const flags = cursor.at;
  const { view } = cursor;
  if (binary2) cursor.at += Math.ceil(fields.length / 8);
  if (cursor.at > view.byteLength) return null;
  const row: string[] = [];
  for (const [at, field] of fields.entries()) {
    const text = readCell(cursor, field);
    if (text === null) return null;
    const isNull = binary2 && (view.getUint8(flags + (at >> 3)) & (0x80 >> (at & 7))) !== 0;
    row.push(isNull ? '' : text);
  }
  return row;
}

function readCell(cursor: Cursor, { datatype, arraysize }: Field): string | null {
  const { view } = cursor;
  let count = countOf(arraysize);
  if (arraysize.endsWith('*')) {
    if (cursor.at + 4 > view.byteLength) return null;
    count = view.getInt32(cursor.at);
    cursor.at += 4;
  }
  const length = Math.ceil(count * (sizes[datatype] ?? 1));
  if (count < 0 || cursor.at + length > view.byteLength) return null;
  const text = cellOf(view, cursor.at, datatype, count);
  cursor.at += length;
  return text;
}

/** How many elements a fixed size means; dimensions are multiplied. */
function countOf(arraysize: string): number {
  if (arraysize === '' || arraysize.endsWith('*')) return 1;
  const count = arraysize.split('x').reduce((product, part) => product * Number(part), 1);
  return Number.isSafeInteger(count) && count >= 0 ? count : Number.MAX_SAFE_INTEGER;
}

function cellOf(view: DataView, at: number, datatype: string, count: number): string {
  if (datatype === 'char' || datatype === 'unicodeChar')
    return textCell(view, at, datatype === 'char' ? 1 : 2, count);
  const shown = Math.min(count, 8);
  const size = sizes[datatype] ?? 1;
  const values = Array.from({ length: shown }, (_, n) =>
    datatype === 'bit'
      ? String((view.getUint8(at + (n >> 3)) >> (7 - (n & 7))) & 1)
      : elementOf(view, at + n * size, datatype),
  );
  return listText(values, count);
}

function textCell(view: DataView, at: number, size: 1 | 2, count: number): string {
  const length = Math.min(count, 400) * size;
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, length);
  const text = new TextDecoder(size === 1 ? 'utf-8' : 'utf-16be').decode(bytes);
  const end = text.indexOf('\0');
  return cellText(end < 0 ? text : text.slice(0, end));
}

function elementOf(view: DataView, at: number, datatype: string): string {
  if (datatype === 'unsignedByte') return String(view.getUint8(at));
  if (datatype === 'short') return String(view.getInt16(at));
  if (datatype === 'int') return String(view.getInt32(at));
  if (datatype === 'long') return String(view.getBigInt64(at));
  if (datatype === 'float') return floatText(view.getFloat32(at));
  if (datatype === 'double') return doubleText(view.getFloat64(at));
  if (datatype === 'floatComplex')
    return `${floatText(view.getFloat32(at))} ${floatText(view.getFloat32(at + 4))}i`;
  if (datatype === 'doubleComplex') return `${view.getFloat64(at)} ${view.getFloat64(at + 8)}i`;
  const sign = String.fromCharCode(view.getUint8(at)).toUpperCase();
  return sign === 'T' || sign === '1' ? 'true' : sign === 'F' || sign === '0' ? 'false' : '';
}

/** As many bytes as the text gives; white space is left out, a broken or cut end is ignored. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const clean = text.replace(/[^A-Za-z0-9+/]+/g, '');
  const usable = clean.slice(0, clean.length % 4 === 1 ? -1 : undefined);
  const binary = atob(usable);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
