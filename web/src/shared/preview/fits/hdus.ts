import type { ByteSource } from '../source.ts';
import { blockBytes, cardBytes, type FitsHeader, numberOf, readHeader, textOf } from './header.ts';

export type HduKind = 'image' | 'bintable' | 'asciitable' | 'compressed' | 'empty' | 'other';

/** One header and data unit of a file. */
export interface Hdu {
  index: number;
  /** EXTNAME, else what it is. */
  name: string;
  kind: HduKind;
  header: FitsHeader;
  /** Lengths of the axes, fastest first. */
  axes: number[];
  bitpix: number;
  dataStart: number;
  dataBytes: number;
  /** The file ends before the data do. */
  cutShort: boolean;
}

export interface FitsFile {
  hdus: Hdu[];
  /** Why reading stopped before the end of the file; null = all was read. */
  problem: string | null;
}

const firstReadBytes = 4 * blockBytes;
/** Bounds of what a preview reads: headers are rarely above 30 kB, files rarely hold more than 50 units. */
const maxHeaderBytes = 500 * blockBytes;
export const maxHdus = 200;
const maxAxes = 999;

/** Finds the header and data units of a file, reading their headers only. Never throws for what a file holds. */
export async function readHdus(source: ByteSource, signal?: AbortSignal): Promise<FitsFile> {
  const hdus: Hdu[] = [];
  const stopped = (problem: string | null): FitsFile => ({ hdus, problem });
  let at = 0;
  while (at < source.sizeBytes) {
    if (hdus.length >= maxHdus)
      return stopped(`The file holds more than ${maxHdus} HDUs; these are the first.`);
    const read = await readOneHeader(source, at, signal);
    if (read === 'no header') {
      return stopped(
        hdus.length === 0 ? 'It does not begin with SIMPLE or XTENSION: this is no FITS file.' : null,
      );
    }
    if (typeof read === 'string') return stopped(read);
    const hdu = describe(read.header, hdus.length, at + read.endByte, source.sizeBytes);
    if (typeof hdu === 'string') return stopped(hdu);
    hdus.push(hdu);
    if (hdu.cutShort) return stopped(`The file ends inside the data of HDU ${hdu.index}: it was cut short.`);
    at = hdu.dataStart + Math.ceil(hdu.dataBytes / blockBytes) * blockBytes;
  }
  return stopped(hdus.length === 0 ? 'The file is empty.' : null);
}

type OneHeader = { header: FitsHeader; endByte: number };

async function readOneHeader(
  source: ByteSource,
  at: number,
  signal?: AbortSignal,
): Promise<OneHeader | string> {
  let bytes = await source.read(at, at + firstReadBytes, signal);
  const start = String.fromCharCode(...bytes.subarray(0, 9));
  if (!start.startsWith('SIMPLE  ') && !start.startsWith('XTENSION')) return 'no header';
  for (;;) {
    const { endByte, ...header } = readHeader(bytes);
    if (endByte !== null) return { header, endByte };
    if (bytes.length >= maxHeaderBytes) return `A header at byte ${at} is longer than a preview reads.`;
    const whole = Math.floor(bytes.length / cardBytes) * cardBytes;
    const more = await source.read(at + whole, at + Math.min(4 * whole, maxHeaderBytes), signal);
    if (whole + more.length <= bytes.length)
      return `The header at byte ${at} has no END: the file was cut short.`;
    const longer = new Uint8Array(whole + more.length);
    longer.set(bytes.subarray(0, whole));
    longer.set(more, whole);
    bytes = longer;
  }
}

function describe(header: FitsHeader, index: number, dataStart: number, sizeBytes: number): Hdu | string {
  const bitpix = numberOf(header, 'BITPIX', 8);
  const naxis = numberOf(header, 'NAXIS', 0);
  if (![8, 16, 32, 64, -32, -64].includes(bitpix))
    return `HDU ${index} has BITPIX ${bitpix}, which no FITS file may have.`;
  if (!Number.isInteger(naxis) || naxis < 0 || naxis > maxAxes)
    return `HDU ${index} has NAXIS ${naxis}, which no FITS file may have.`;
  const axes = Array.from({ length: naxis }, (_, axis) => numberOf(header, `NAXIS${axis + 1}`, 0));
  if (axes.some((length) => !Number.isSafeInteger(length) || length < 0))
    return `HDU ${index} has an axis whose length is no whole number.`;
  const dataBytes = dataSize(header, bitpix, axes);
  if (!Number.isSafeInteger(dataBytes) || dataBytes < 0)
    return `HDU ${index} claims more data than a file can hold.`;
  return {
    index,
    name: textOf(header, 'EXTNAME') || (index === 0 ? 'primary' : textOf(header, 'XTENSION').toLowerCase()),
    kind: kindOf(header, axes),
    header,
    axes,
    bitpix,
    dataStart,
    dataBytes,
    cutShort: dataStart + dataBytes > sizeBytes,
  };
}

/** Section 4.4.1.1 and, for random groups, 6.1.1. */
function dataSize(header: FitsHeader, bitpix: number, axes: readonly number[]): number {
  if (axes.length === 0) return 0;
  const groups = header.values.get('GROUPS') === true && axes[0] === 0;
  const cells = (groups ? axes.slice(1) : axes).reduce((product, length) => product * length, 1);
  const gcount = numberOf(header, 'GCOUNT', 1);
  const pcount = numberOf(header, 'PCOUNT', 0);
  return (Math.abs(bitpix) / 8) * gcount * (pcount + cells);
}

function kindOf(header: FitsHeader, axes: readonly number[]): HduKind {
  const type = textOf(header, 'XTENSION');
  if (type === 'BINTABLE' || type === 'A3DTABLE')
    return header.values.get('ZIMAGE') === true ? 'compressed' : 'bintable';
  if (type === 'TABLE') return 'asciitable';
  if (type !== '' && type !== 'IMAGE' && type !== 'IUEIMAGE') return 'other';
  if (axes.length === 0 || axes.some((length) => length === 0)) return 'empty';
  return 'image';
}
