import type { FileHandle } from 'node:fs/promises';

/** FITS files are made of blocks of this many bytes, header cards of 80 (FITS standard 4.0, section 3.1). */
export const blockBytes = 2880;
const cardBytes = 80;
/** A header of more is damaged, not long: 10 MB of cards. */
const maxHeaderBlocks = 3600;
const maxHdus = 10_000;

export interface Card {
  key: string;
  value: string | number | boolean | null;
  comment: string;
}

export interface Hdu {
  index: number;
  /** `PRIMARY`, or the value of XTENSION. */
  type: string;
  name: string;
  cards: Card[];
  /** Where the data begin, and how many bytes they have without the fill of the last block. */
  dataStart: number;
  dataBytes: number;
}

/** What is wrong with a file, as a sentence for its owner. */
export class FitsError extends Error {}

export function cardValue(hdu: Pick<Hdu, 'cards'>, key: string): Card['value'] {
  return hdu.cards.find((card) => card.key === key)?.value ?? null;
}

/** The number behind a keyword, or `otherwise`; throws when the card holds no number. */
export function numberOf(hdu: Pick<Hdu, 'cards'>, key: string, otherwise?: number): number {
  const value = cardValue(hdu, key);
  if (typeof value === 'number') return value;
  if (value === null && otherwise !== undefined) return otherwise;
  throw new FitsError(`The header has no usable ${key}.`);
}

/** Lengths of the axes, NAXIS1 first. */
export function axesOf(hdu: Pick<Hdu, 'cards'>): number[] {
  const count = numberOf(hdu, 'NAXIS');
  if (!Number.isInteger(count) || count < 0 || count > 999) throw new FitsError(`NAXIS is ${count}.`);
  return Array.from({ length: count }, (_none, index) => {
    const length = numberOf(hdu, `NAXIS${index + 1}`);
    if (!Number.isSafeInteger(length) || length < 0) throw new FitsError(`NAXIS${index + 1} is ${length}.`);
    return length;
  });
}

/** Is this an image with pixels? A compressed one is a table and is none here. */
export function isImage(hdu: Hdu): boolean {
  if (hdu.type !== 'PRIMARY' && hdu.type !== 'IMAGE') return false;
  const axes = axesOf(hdu);
  return axes.length > 0 && axes.every((length) => length > 0);
}

/** Reads the headers one after the other; the data between them are skipped, not read. */
export async function* readHdus(file: FileHandle): AsyncGenerator<Hdu> {
  const { size } = await file.stat();
  let position = 0;
  for (let index = 0; index < maxHdus && (index === 0 || position < size); index++) {
    const header = await readHeader(file, position, index);
    // What follows the last HDU may be anything (section 3.5: special records).
    if (header === null) return;
    const hdu = describe(header.cards, index, header.end);
    yield hdu;
    position = header.end + Math.ceil(hdu.dataBytes / blockBytes) * blockBytes;
  }
}

function describe(cards: Card[], index: number, dataStart: number): Hdu {
  const extension = cards.find((card) => card.key === 'XTENSION')?.value;
  const type = index === 0 ? 'PRIMARY' : String(extension ?? '').trim();
  const hdu = { index, type, name: '', cards, dataStart, dataBytes: 0 };
  const bitpix = numberOf(hdu, 'BITPIX');
  if (![8, 16, 32, 64, -32, -64].includes(bitpix)) {
    throw new FitsError(`BITPIX is ${bitpix}; 8, 16, 32, 64, -32 and -64 exist.`);
  }
  const bytes = Math.abs(bitpix) / 8;
  const axes = axesOf(hdu);
  const isGroups = axes[0] === 0 && cardValue(hdu, 'GROUPS') === true;
  const elements =
    axes.length === 0 ? 0 : (isGroups ? axes.slice(1) : axes).reduce((all, one) => all * one, 1);
  const dataBytes = bytes * numberOf(hdu, 'GCOUNT', 1) * (numberOf(hdu, 'PCOUNT', 0) + elements);
  if (!Number.isSafeInteger(dataBytes) || dataBytes < 0)
    throw new FitsError('The axes are larger than any file.');
  return { ...hdu, name: String(cardValue(hdu, 'EXTNAME') ?? ''), dataBytes };
}

async function readHeader(
  file: FileHandle,
  start: number,
  index: number,
): Promise<{ cards: Card[]; end: number } | null> {
  const cards: Card[] = [];
  const block = Buffer.alloc(blockBytes);
  for (let number = 0; number < maxHeaderBlocks; number++) {
    const { bytesRead } = await file.read(block, 0, blockBytes, start + number * blockBytes);
    const first = block.toString('latin1', 0, 10);
    if (number === 0 && index === 0 && !first.startsWith('SIMPLE  =')) {
      throw new FitsError('This is not a FITS file: it does not begin with SIMPLE.');
    }
    if (number === 0 && index > 0 && !first.startsWith('XTENSION=')) return null;
    if (bytesRead < blockBytes) throw new FitsError(`The file ends inside the header of HDU ${index}.`);
    for (let at = 0; at < blockBytes; at += cardBytes) {
      const text = block.toString('latin1', at, at + cardBytes);
      if (/^END {77}$/.test(text)) return { cards, end: start + (number + 1) * blockBytes };
      addCard(cards, text);
    }
  }
  throw new FitsError(`The header of HDU ${index} has no END.`);
}

/** Adds what one card says; a CONTINUE lengthens the text of the card before. */
function addCard(cards: Card[], text: string): void {
  const card = readCard(text);
  const before = cards.at(-1);
  if (card.key === 'CONTINUE' && typeof card.value === 'string' && typeof before?.value === 'string') {
    if (before.value.endsWith('&')) {
      before.value = before.value.slice(0, -1) + card.value;
      before.comment = `${before.comment} ${card.comment}`.trim();
      return;
    }
  }
  if (card.key !== '' || card.comment !== '') cards.push(card);
}

/** Reads one card of 80 signs: keyword, value and comment (section 4.1 and 4.2, HIERARCH included). */
export function readCard(text: string): Card {
  const hierarch = /^HIERARCH\s+([^=]+?)\s*=\s?(.*)$/.exec(text);
  const key = hierarch?.[1] ?? text.slice(0, 8).trim();
  const hasValue = hierarch !== null || text.slice(8, 10) === '= ' || key === 'CONTINUE';
  if (!hasValue) return { key, value: null, comment: text.slice(8).trim() };
  const rest = hierarch?.[2] ?? text.slice(10);
  const quoted = /^\s*'((?:[^']|'')*)'\s*(?:\/(.*))?$/.exec(rest);
  if (quoted !== null) {
    const value = (quoted[1] ?? '').replaceAll("''", "'").trimEnd();
    return { key, value, comment: (quoted[2] ?? '').trim() };
  }
  const [bare = '', ...comment] = rest.split('/');
  return { key, value: plainValue(bare.trim()), comment: comment.join('/').trim() };
}

function plainValue(text: string): Card['value'] {
  if (text === '') return null;
  if (text === 'T') return true;
  if (text === 'F') return false;
  // FORTRAN writes the exponent of a double with D.
  const number = Number(text.replace(/[dD]/, 'E'));
  return Number.isNaN(number) ? text : number;
}
