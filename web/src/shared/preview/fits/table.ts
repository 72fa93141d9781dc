import type { ByteSource } from '../source.ts';
import {
  type Column,
  cellText,
  doubleText,
  floatText,
  listText,
  plainColumn,
  type TableModel,
} from '../table-model.ts';
import type { Hdu } from './hdus.ts';
import { asciiOf, type FitsHeader, numberOf, textOf } from './header.ts';

/** A column of a FITS table: where it stands in its row, and how its bytes are read. */
interface FitsColumn extends Column {
  offset: number;
  letter: string;
  /** Elements, or for A characters, or for ASCII tables the width in characters. */
  repeat: number;
  scale: number;
  zero: number;
  blank: number | null;
}

const elementBytes: Record<string, number> = {
  L: 1,
  X: 0.125,
  B: 1,
  I: 2,
  J: 4,
  K: 8,
  A: 1,
  E: 4,
  D: 8,
  C: 8,
  M: 16,
  P: 8,
  Q: 16,
};
const maxColumns = 999;
const maxRowBytes = 1_000_000;

/** The rows of a BINTABLE or ASCII TABLE, read by range when they come into sight. A text when it cannot be shown. */
export function fitsTable(hdu: Hdu, source: ByteSource): TableModel | string {
  const rowBytes = hdu.axes[0] ?? 0;
  const claimed = hdu.axes[1] ?? 0;
  if (rowBytes < 1 || rowBytes > maxRowBytes) return `Its rows have ${rowBytes} bytes, which is not shown.`;
  const columns = hdu.kind === 'asciitable' ? asciiColumns(hdu.header) : binaryColumns(hdu.header);
  if (typeof columns === 'string') return columns;
  if (columns.length === 0) return 'The table has no columns.';
  const there = Math.max(0, Math.floor((source.sizeBytes - hdu.dataStart) / rowBytes));
  const rowCount = Math.min(claimed, there);
  return {
    columns,
    rowCount,
    cut: rowCount < claimed ? `the file ends before row ${rowCount + 1} of ${claimed}` : null,
    async rows(start, end, signal) {
      const from = hdu.dataStart + start * rowBytes;
      const bytes = await source.read(from, hdu.dataStart + Math.min(end, rowCount) * rowBytes, signal);
      const whole = Math.floor(bytes.length / rowBytes);
      return Array.from({ length: whole }, (_, row) => {
        const part = bytes.subarray(row * rowBytes, (row + 1) * rowBytes);
        return columns.map((column) =>
          hdu.kind === 'asciitable' ? asciiCell(part, column) : binaryCell(part, column),
        );
      });
    },
  };
}

function describe(header: FitsHeader, n: number): Omit<FitsColumn, 'offset' | 'letter' | 'repeat'> {
  const tnull = header.values.get(`TNULL${n}`);
  const comment = header.cards.find((card) => card.keyword === `TTYPE${n}`)?.comment ?? '';
  return {
    ...plainColumn(textOf(header, `TTYPE${n}`) || `column ${n}`, {
      type: textOf(header, `TFORM${n}`),
      unit: textOf(header, `TUNIT${n}`),
      ucd: textOf(header, `TUCD${n}`),
      description: textOf(header, `TCOMM${n}`) || comment,
    }),
    scale: numberOf(header, `TSCAL${n}`, 1),
    zero: numberOf(header, `TZERO${n}`, 0),
    blank: typeof tnull === 'number' ? tnull : null,
  };
}

function binaryColumns(header: FitsHeader): FitsColumn[] | string {
  const fields = Math.min(numberOf(header, 'TFIELDS', 0), maxColumns);
  const columns: FitsColumn[] = [];
  let offset = 0;
  for (let n = 1; n <= fields; n += 1) {
    const form = textOf(header, `TFORM${n}`);
    const match = /^(\d{0,9})([LXBIJKAEDCMPQ])/.exec(form);
    if (match === null) return `Column ${n} has the format “${form}”, which no FITS table has.`;
    const letter = match[2] ?? 'A';
    const repeat = match[1] === '' ? 1 : Number(match[1]);
    columns.push({
      ...describe(header, n),
      offset,
      letter,
      repeat,
      numeric: 'BIJKED'.includes(letter) && repeat === 1,
    });
    offset += Math.ceil(repeat * (elementBytes[letter] ?? 1));
  }
  return columns;
}

function asciiColumns(header: FitsHeader): FitsColumn[] | string {
  const fields = Math.min(numberOf(header, 'TFIELDS', 0), maxColumns);
  const columns: FitsColumn[] = [];
  for (let n = 1; n <= fields; n += 1) {
    const form = textOf(header, `TFORM${n}`);
    const match = /^([AIFED])(\d{1,5})/.exec(form);
    const start = numberOf(header, `TBCOL${n}`, 0);
    if (match === null || start < 1) return `Column ${n} has the format “${form}”, which no FITS table has.`;
    const letter = match[1] ?? 'A';
    columns.push({
      ...describe(header, n),
      offset: start - 1,
      letter,
      repeat: Number(match[2]),
      numeric: letter !== 'A',
    });
  }
  return columns;
}

function asciiCell(row: Uint8Array, { offset, repeat, letter, scale, zero }: FitsColumn): string {
  const text = asciiOf(row, offset, offset + repeat).trim();
  if (letter === 'A' || text === '' || (scale === 1 && zero === 0)) return cellText(text);
  const number = Number(text.replace(/[Dd]/, 'e'));
  return Number.isFinite(number) ? String(number * scale + zero) : cellText(text);
}

function binaryCell(row: Uint8Array, column: FitsColumn): string {
  const { offset, letter, repeat } = column;
  const size = elementBytes[letter] ?? 1;
  if (offset + Math.ceil(repeat * size) > row.length) return '';
  if (letter === 'A') return cellText(textUpToNul(row.subarray(offset, offset + repeat)));
  const view = new DataView(row.buffer, row.byteOffset, row.length);
  if (letter === 'P') return repeat === 0 ? '' : `${view.getInt32(offset)} values`;
  if (letter === 'Q') return repeat === 0 ? '' : `${view.getBigInt64(offset)} values`;
  const shown = Math.min(repeat, 8);
  const values = Array.from({ length: shown }, (_, n) => elementText(view, offset + n * size, n, column));
  return listText(values, repeat);
}

function textUpToNul(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function elementText(
  view: DataView,
  at: number,
  n: number,
  { letter, offset, scale, zero, blank }: FitsColumn,
): string {
  const scaled = (stored: number) => {
    if (stored === blank) return '';
    return String(stored * scale + zero);
  };
  if (letter === 'B') return scaled(view.getUint8(at));
  if (letter === 'I') return scaled(view.getInt16(at));
  if (letter === 'J') return scaled(view.getInt32(at));
  if (letter === 'K') return longText(view.getBigInt64(at), scale, zero, blank);
  if (letter === 'E')
    return scale === 1 && zero === 0
      ? floatText(view.getFloat32(at))
      : doubleText(view.getFloat32(at) * scale + zero);
  if (letter === 'D') return doubleText(view.getFloat64(at) * scale + zero);
  if (letter === 'C') return `${floatText(view.getFloat32(at))} ${floatText(view.getFloat32(at + 4))}i`;
  if (letter === 'M') return `${view.getFloat64(at)} ${view.getFloat64(at + 8)}i`;
  if (letter === 'X') return String((view.getUint8(offset + (n >> 3)) >> (7 - (n & 7))) & 1);
  const sign = view.getUint8(at);
  return sign === 0x54 ? 'true' : sign === 0x46 ? 'false' : '';
}

/** 64-bit integers stay exact; the usual way to store unsigned ones is TZERO = 2^63. */
function longText(stored: bigint, scale: number, zero: number, blank: number | null): string {
  if (blank !== null && stored === BigInt(Math.trunc(blank))) return '';
  return scale === 1 && Number.isInteger(zero)
    ? String(stored + BigInt(zero))
    : String(Number(stored) * scale + zero);
}
