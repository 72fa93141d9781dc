import { asObject, type Json } from './json.ts';

export interface Card {
  keyword: string;
  value: string;
  comment: string;
}

/** The header of one HDU. */
export interface Header {
  label: string;
  cards: Card[];
}

/**
 * The headers in a summary: one per entry of `hdus`, else the first list of objects with `keyword` (or `key`) and
 * `value`, wherever it stands. Empty when there are none.
 */
export function findHeaders(value: Json | undefined): Header[] {
  const hdus = asObject(value)?.hdus;
  if (!Array.isArray(hdus)) {
    const cards = findCards(value);
    return cards === undefined ? [] : [{ label: 'header', cards }];
  }
  return hdus.flatMap((hdu, index) => {
    const cards = findCards(hdu);
    const { name, type } = asObject(hdu) ?? {};
    const label = [name, type].find((word) => typeof word === 'string' && word !== '');
    return cards === undefined
      ? []
      : [{ label: `[${index}] ${typeof label === 'string' ? label : ''}`, cards }];
  });
}

function findCards(value: Json | undefined): Card[] | undefined {
  if (value === undefined || value === null || typeof value !== 'object') return undefined;
  if (Array.isArray(value)) {
    const cards = value.map(readCard);
    if (value.length > 0 && cards.every((card) => card !== undefined)) return cards;
  }
  for (const inner of Object.values(value)) {
    const found = findCards(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

function readCard(value: Json): Card | undefined {
  const object = asObject(value);
  const keyword = object?.keyword ?? object?.key;
  if (object === undefined || typeof keyword !== 'string' || !('value' in object)) return undefined;
  const { value: shown, comment } = object;
  return {
    keyword,
    value: typeof shown === 'string' ? shown : JSON.stringify(shown ?? ''),
    comment: typeof comment === 'string' ? comment : '',
  };
}
