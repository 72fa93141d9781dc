/** Headers of FITS files (FITS standard 4.0, section 4): 80-byte cards in blocks of 2880 bytes. */
export const blockBytes = 2880;
export const cardBytes = 80;

export type CardValue = string | number | boolean | null;

export interface FitsCard {
  keyword: string;
  value: CardValue;
  /** The value as written; empty for COMMENT, HISTORY and blank cards, whose text is the comment. */
  text: string;
  comment: string;
}

export interface FitsHeader {
  cards: FitsCard[];
  /** The first card of each keyword. */
  values: ReadonlyMap<string, CardValue>;
}

/**
 * Reads cards up to END. `endByte` is where the data begin (the next block after END); null when END has not come
 * within the bytes.
 */
export function readHeader(bytes: Uint8Array): FitsHeader & { endByte: number | null } {
  const cards: FitsCard[] = [];
  let endByte: number | null = null;
  for (let at = 0; at + cardBytes <= bytes.length; at += cardBytes) {
    const line = asciiOf(bytes, at, at + cardBytes);
    if (line.startsWith('END') && line.slice(3).trim() === '') {
      endByte = Math.ceil((at + cardBytes) / blockBytes) * blockBytes;
      break;
    }
    addCard(cards, readCard(line));
  }
  const values = new Map<string, CardValue>();
  for (const card of cards) if (!values.has(card.keyword)) values.set(card.keyword, card.value);
  return { cards, values, endByte };
}

/** Bytes as text of one character each; what is not printable ASCII becomes a question mark. */
export function asciiOf(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < Math.min(end, bytes.length); at += 1) {
    const byte = bytes[at] ?? 0;
    text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '?';
  }
  return text;
}

const maxTextSigns = 20_000;

/** CONTINUE (section 4.2.1.2) carries on the text of the card before when that ends with an ampersand. */
function addCard(cards: FitsCard[], card: FitsCard): void {
  const before = cards.at(-1);
  const carriesOn =
    card.keyword === 'CONTINUE' &&
    typeof card.value === 'string' &&
    typeof before?.value === 'string' &&
    before.value.endsWith('&') &&
    before.value.length < maxTextSigns;
  if (!carriesOn || before === undefined || typeof before.value !== 'string') {
    cards.push(card);
    return;
  }
  before.value = before.value.slice(0, -1) + card.value;
  before.text = `'${before.value}'`;
  if (card.comment !== '') before.comment = `${before.comment} ${card.comment}`.trim();
}

function readCard(line: string): FitsCard {
  const keyword = line.slice(0, 8).trimEnd();
  if (line.slice(8, 10) === '= ' || keyword === 'CONTINUE') return { keyword, ...readValue(line.slice(10)) };
  const hierarch = /^HIERARCH\s+([^=]{1,70}?)\s*=(.*)$/.exec(line);
  if (hierarch !== null) return { keyword: hierarch[1] ?? '', ...readValue(hierarch[2] ?? '') };
  return { keyword, value: null, text: '', comment: line.slice(8).trim() };
}

function readValue(field: string): Omit<FitsCard, 'keyword'> {
  const trimmed = field.trimStart();
  if (trimmed.startsWith("'")) return readText(trimmed);
  const slash = trimmed.indexOf('/');
  const text = (slash < 0 ? trimmed : trimmed.slice(0, slash)).trim();
  const comment = slash < 0 ? '' : trimmed.slice(slash + 1).trim();
  return { value: plainValue(text), text, comment };
}

function readText(field: string): Omit<FitsCard, 'keyword'> {
  let value = '';
  let at = 1;
  for (; at < field.length; at += 1) {
    if (field[at] !== "'") value += field[at];
    else if (field[at + 1] === "'") {
      value += "'";
      at += 1;
    } else break;
  }
  const rest = field.slice(at + 1);
  const slash = rest.indexOf('/');
  const shown = value.trimEnd();
  return { value: shown, text: `'${shown}'`, comment: slash < 0 ? '' : rest.slice(slash + 1).trim() };
}

function plainValue(text: string): CardValue {
  if (text === 'T') return true;
  if (text === 'F') return false;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([EeDd][+-]?\d+)?$/.test(text)) return text === '' ? null : text;
  const number = Number(text.replace(/[Dd]/, 'e'));
  return Number.isFinite(number) ? number : text;
}

/** A number of the header; `otherwise` when it is absent or no number. */
export function numberOf(header: FitsHeader, keyword: string, otherwise: number): number {
  const value = header.values.get(keyword);
  return typeof value === 'number' ? value : otherwise;
}

/** A text of the header; empty when it is absent or no text. */
export function textOf(header: FitsHeader, keyword: string): string {
  const value = header.values.get(keyword);
  return typeof value === 'string' ? value.trim() : '';
}
