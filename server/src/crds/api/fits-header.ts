import { AppError } from '../../core/errors.ts';

/** Headers and data of FITS come in multiples of this (FITS standard 4.0, 3.1). */
const blockBytes = 2880;
const cardBytes = 80;

export interface FitsCard {
  keyword: string;
  /** Texts without their quotes and the blanks behind them; numbers and logicals as they are written. */
  value: string;
  comment: string;
}

export interface FitsUnit {
  /** EXTNAME with EXTVER where it has them, `PRIMARY` for the first. */
  name: string;
  cards: FitsCard[];
}

export interface FitsLimits {
  mostUnits: number;
  mostCards: number;
}

/** Gives the bytes from `start` on, `length` of them or what is left. */
export type ReadBytes = (start: number, length: number) => Promise<Buffer>;

/**
 * Headers of a FITS file, unit by unit; data are skipped, never read. `cut` when a limit ended it or the file ends too
 * early. Throws `crds.fits-invalid` for what is no FITS file.
 */
export async function readFitsUnits(
  read: ReadBytes,
  sizeBytes: number,
  { mostUnits, mostCards }: FitsLimits,
): Promise<{ units: FitsUnit[]; cut: boolean }> {
  const units: FitsUnit[] = [];
  let at = 0;
  let cards = 0;
  while (at < sizeBytes) {
    if (units.length >= mostUnits) return { units, cut: true };
    const header = await readHeader(read, at, mostCards - cards, units.length === 0);
    if (header === null) return { units, cut: true };
    cards += header.cards.length;
    units.push({ name: nameOf(header.cards, units.length), cards: header.cards });
    const end = at + header.bytes + paddedSize(dataBytes(header.cards));
    if (!Number.isSafeInteger(end)) return { units, cut: true };
    at = end;
  }
  return { units, cut: false };
}

/** One header; null when the file or the limit ends before it does. */
async function readHeader(
  read: ReadBytes,
  start: number,
  mostCards: number,
  isFirst: boolean,
): Promise<{ cards: FitsCard[]; bytes: number } | null> {
  const cards: FitsCard[] = [];
  for (let blocks = 0; cards.length < mostCards; blocks += 1) {
    const block = await read(start + blocks * blockBytes, blockBytes);
    if (isFirst && blocks === 0 && !block.toString('latin1', 0, cardBytes).startsWith('SIMPLE  ='))
      throw notFits();
    // What follows the last unit may be anything (special records); it is no header.
    if (!isFirst && blocks === 0 && !block.toString('latin1', 0, cardBytes).startsWith('XTENSION'))
      return null;
    if (block.length < blockBytes) return null;
    for (let at = 0; at < blockBytes; at += cardBytes) {
      const text = block.toString('latin1', at, at + cardBytes);
      if (text.startsWith('END     ')) return { cards, bytes: (blocks + 1) * blockBytes };
      addCard(cards, text);
    }
  }
  return null;
}

function addCard(cards: FitsCard[], text: string): void {
  const keyword = text.slice(0, 8).trimEnd();
  const isValue = text.slice(8, 10) === '= ';
  if (keyword === 'CONTINUE') {
    // A long text goes on (FITS standard 4.0, 4.2.1.2).
    const last = cards.at(-1);
    const { value } = splitValue(text.slice(10));
    if (last?.value.endsWith('&')) last.value = last.value.slice(0, -1) + value;
    return;
  }
  if (keyword === 'HIERARCH' && text.includes('=')) {
    const at = text.indexOf('=');
    cards.push({ keyword: text.slice(9, at).trim(), ...splitValue(text.slice(at + 1)) });
    return;
  }
  if (isValue) cards.push({ keyword, ...splitValue(text.slice(10)) });
  else if (text.trim() !== '') cards.push({ keyword, value: '', comment: text.slice(8).trim() });
}

function splitValue(text: string): { value: string; comment: string } {
  const quoted = /^\s*'((?:[^']|'')*)'\s*(?:\/(.*))?/.exec(text);
  if (quoted !== null) {
    const [, value = '', comment = ''] = quoted;
    return { value: value.replaceAll("''", "'").trimEnd(), comment: comment.trim() };
  }
  const slash = text.indexOf('/');
  const value = slash < 0 ? text : text.slice(0, slash);
  return { value: value.trim(), comment: slash < 0 ? '' : text.slice(slash + 1).trim() };
}

/** Size of the data after a header (FITS standard 4.0, 4.4.1). */
function dataBytes(cards: readonly FitsCard[]): number {
  const numbers = new Map(cards.map(({ keyword, value }) => [keyword, Number(value)]));
  const of = (keyword: string, otherwise: number): number => {
    const value = numbers.get(keyword);
    return value !== undefined && Number.isSafeInteger(value) ? value : otherwise;
  };
  const axes = Math.min(999, of('NAXIS', 0));
  if (axes <= 0) return 0;
  let elements = 1;
  for (let axis = 1; axis <= axes; axis += 1) {
    const length = Math.max(0, of(`NAXIS${axis}`, 0));
    // Random groups begin with an axis of length 0 that counts as 1.
    if (!(axis === 1 && length === 0 && axes > 1)) elements *= length;
  }
  return (Math.abs(of('BITPIX', 8)) / 8) * of('GCOUNT', 1) * (of('PCOUNT', 0) + elements);
}

function paddedSize(bytes: number): number {
  return Math.ceil(Math.max(0, bytes) / blockBytes) * blockBytes;
}

function nameOf(cards: readonly FitsCard[], index: number): string {
  const value = (keyword: string) => cards.find((card) => card.keyword === keyword)?.value ?? '';
  const name = value('EXTNAME');
  if (name === '') return index === 0 ? 'PRIMARY' : `${value('XTENSION') || 'unit'} ${index}`;
  return value('EXTVER') === '' ? name : `${name},${value('EXTVER')}`;
}

function notFits(): AppError {
  return new AppError(
    'conflict',
    'crds.fits-invalid',
    'The file is no FITS file: it does not begin with SIMPLE.',
    {
      next: 'Give a file in FITS.',
    },
  );
}
